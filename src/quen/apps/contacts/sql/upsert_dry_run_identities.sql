-- upsert_dry_run_identities: keeps the identities of contacts that a dry run would create
-- in    pass: smallint
-- out   rows of upsert_dry_run_identity
INSERT INTO upsert_dry_run_identity (row, system, external_id)
SELECT x.row, x.system, x.external_id
  FROM upsert_row_identity x
  JOIN upsert_matched m ON m.row = x.row
 WHERE m.pass = %(pass)s AND m.contact_id IS NULL
