-- import_create_bare: new people for rows known only by an account; nothing of theirs can collide in contacts
-- in    turn: smallint   now: timestamptz   import_source: bigint or null
-- out   rows of import_made; keys are given out in the order of the SELECT, so the n-th key is the n-th row's
WITH wanted AS (
    SELECT s.row, row_number() OVER (ORDER BY s.row) AS n
      FROM import_stage s
      JOIN import_met m ON m.row = s.row
     WHERE m.contact_id IS NULL AND m.turn = %(turn)s AND s.phone IS NULL AND s.email IS NULL),
made AS (
    INSERT INTO contacts_contact ({columns})
    SELECT {values}
      FROM import_stage s
      JOIN wanted w ON w.row = s.row
     ORDER BY s.row
    RETURNING id)
INSERT INTO import_made (row, turn, contact_id)
SELECT w.row, %(turn)s, numbered.id
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM made) numbered
  JOIN wanted w ON w.n = numbered.n
