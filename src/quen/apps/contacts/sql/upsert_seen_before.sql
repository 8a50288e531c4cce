-- upsert_seen_before: keeps whom of the matched contacts of a pass the import has written before
-- in    pass: smallint   change: bigint
-- out   rows of upsert_seen
-- rides the primary key of contacts_bulkchangerow: LIMIT 1 keeps each lookup an index probe
INSERT INTO upsert_seen (contact_id)
SELECT DISTINCT m.contact_id
  FROM upsert_matched m
 CROSS JOIN LATERAL (
       SELECT 1 FROM contacts_bulkchangerow r
        WHERE r.change_id = %(change)s AND r.contact_id = m.contact_id
        LIMIT 1) written
 WHERE m.pass = %(pass)s AND m.contact_id IS NOT NULL AND NOT m.ambiguous
ON CONFLICT DO NOTHING
