-- import_create: new people for rows with a phone or a mail that met nobody; who else was quicker is left out
-- in    pass: smallint   now: timestamptz   import_source: bigint or null
-- out   rows of import_created: the person a row became
-- rides one hash join on the first identifier: two joins, one of phones and one of mails, were a nested loop.
--       A row with the same phone or mail written meanwhile makes no person and is matched again
WITH created AS (
    INSERT INTO contacts_contact ({columns})
    SELECT {values}
      FROM import_stage s
      JOIN import_matched m ON m.row = s.row
     WHERE m.contact_id IS NULL AND m.pass = %(pass)s AND (s.phone IS NOT NULL OR s.email IS NOT NULL)
     ORDER BY s.row
    ON CONFLICT DO NOTHING
    RETURNING id, phone, email)
INSERT INTO import_created (row, pass, contact_id)
SELECT s.row, %(pass)s, created.id
  FROM created
  JOIN import_stage s ON s.pass = %(pass)s AND coalesce(s.phone, s.email) = coalesce(created.phone, created.email)
