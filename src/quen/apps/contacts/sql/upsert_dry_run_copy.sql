-- upsert_dry_run_copy: copies contacts for a dry run
-- in    new: bigint[]
-- out   rows of the copy
INSERT INTO upsert_dry_run_contact ({columns})
SELECT {columns}
  FROM contacts_contact
 WHERE id = ANY(%(new)s::bigint[])
