-- upsert_create_bare: creates contacts for rows known only by an account; such rows cannot conflict in contacts_contact
-- in    pass: smallint   now: timestamptz   source_id: bigint or null
-- out   rows of upsert_created; ids are assigned in the order of the SELECT, so the n-th id is the n-th row's
WITH new_row AS (
    SELECT s.row, row_number() OVER (ORDER BY s.row) AS n
      FROM upsert_stage s
      JOIN upsert_matched m ON m.row = s.row
     WHERE m.contact_id IS NULL AND m.pass = %(pass)s AND s.phone IS NULL AND s.email IS NULL),
created AS (
    INSERT INTO contacts_contact ({columns})
    SELECT {values}
      FROM upsert_stage s
      JOIN new_row w ON w.row = s.row
     ORDER BY s.row
    RETURNING id)
INSERT INTO upsert_created (row, pass, contact_id)
SELECT w.row, %(pass)s, numbered.id
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM created) numbered
  JOIN new_row w ON w.n = numbered.n
