-- upsert_seen: keeps whom the rows of a pass matched
-- in    pass: smallint
-- out   rows of upsert_seen
INSERT INTO upsert_seen (contact_id)
SELECT DISTINCT contact_id
  FROM upsert_matched
 WHERE pass = %(pass)s AND contact_id IS NOT NULL AND NOT ambiguous
ON CONFLICT DO NOTHING
