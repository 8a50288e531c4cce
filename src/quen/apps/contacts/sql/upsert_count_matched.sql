-- upsert_count_matched: counts rows of a pass that matched a contact, by whether it changed and whether the row is a duplicate
-- in    pass: smallint   refused: bigint[], contacts to whom nothing but a refusal was recorded
--       seen: SQL that is true for a contact that an earlier row matched, written into the statement
-- out   matched, updated, repeated, repeated and updated: numbers of rows
SELECT count(*)::int,
       count(*) FILTER (WHERE changed)::int,
       count(*) FILTER (WHERE known OR n > 1)::int,
       count(*) FILTER (WHERE changed AND (known OR n > 1))::int
  FROM (SELECT EXISTS (SELECT 1 FROM upsert_changed ch WHERE ch.contact_id = m.contact_id)
               OR m.contact_id = ANY(%(refused)s) AS changed,
               m.contact_id < 0 OR {seen} AS known,
               row_number() OVER (PARTITION BY m.contact_id ORDER BY m.row) AS n
          FROM upsert_matched m
         WHERE m.pass = %(pass)s AND m.contact_id IS NOT NULL AND NOT m.ambiguous) matched
