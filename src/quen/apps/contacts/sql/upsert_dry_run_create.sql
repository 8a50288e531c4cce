-- upsert_dry_run_create: keeps the contacts that a dry run would create, so that later rows match them
-- in    pass: smallint
-- out   rows of upsert_dry_run_contact
INSERT INTO upsert_dry_run_contact (row, phone, email, full_name)
SELECT s.row, s.phone, s.email, {full_name}
  FROM upsert_stage s
  JOIN upsert_matched m ON m.row = s.row
 WHERE m.pass = %(pass)s AND m.contact_id IS NULL
