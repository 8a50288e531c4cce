-- upsert_create: creates contacts for rows with a phone or an email that matched nobody; rows that conflict are left out
-- in    pass: smallint   now: timestamptz   source_id: bigint or null
-- out   rows of upsert_created: the contact of each row
-- rides one hash join on the first identifier: two joins, on phones and on emails, were planned as a nested loop.
--       When another writer inserts the same phone or email first, no contact is created; the row is matched again
WITH created AS (
    INSERT INTO contacts_contact ({columns})
    SELECT {values}
      FROM upsert_stage s
      JOIN upsert_matched m ON m.row = s.row
     WHERE m.contact_id IS NULL AND m.pass = %(pass)s AND (s.phone IS NOT NULL OR s.email IS NOT NULL)
     ORDER BY s.row
    ON CONFLICT DO NOTHING
    RETURNING id, phone, email)
INSERT INTO upsert_created (row, pass, contact_id)
SELECT s.row, %(pass)s, created.id
  FROM created
  JOIN upsert_stage s ON s.pass = %(pass)s AND coalesce(s.phone, s.email) = coalesce(created.phone, created.email)
 WHERE s.row IN (SELECT row FROM upsert_matched WHERE pass = %(pass)s AND contact_id IS NULL)
