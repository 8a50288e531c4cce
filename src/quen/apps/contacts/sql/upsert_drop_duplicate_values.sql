-- upsert_drop_duplicate_values: leaves out values of a unique custom field that another contact or an earlier row has
-- in    pass: smallint   key: text, the field's id   taken: bigint[], rows whose value another contact has
-- out   row of each value left out
UPDATE upsert_stage s
   SET attrs = nullif((s.attrs::jsonb - %(key)s)::text, '{}')
  FROM upsert_matched m
 WHERE m.row = s.row AND m.pass = %(pass)s AND s.pass = %(pass)s AND NOT m.ambiguous
   AND s.attrs::jsonb ->> %(key)s IS NOT NULL
   AND (s.row = ANY(%(taken)s::bigint[])
        OR EXISTS (SELECT 1 FROM upsert_stage e
                     JOIN upsert_matched em ON em.row = e.row
                    WHERE e.row < s.row AND NOT em.ambiguous AND e.attrs::jsonb ->> %(key)s = s.attrs::jsonb ->> %(key)s
                      AND (em.contact_id IS NULL OR em.contact_id IS DISTINCT FROM m.contact_id)))
RETURNING s.row
