-- upsert_identities: adds identities to the contacts of rows
-- conflict: ON CONFLICT DO NOTHING where another contact may have them, which keeps them
-- in    pass: smallint   now: timestamptz
-- out   rows of contacts_contactidentity
WITH wanted AS MATERIALIZED (
    SELECT DISTINCT ON (x.system, x.external_id) m.contact_id, x.system, x.external_id
      FROM {identities} x
      JOIN {contacts} m ON m.row = x.row
     WHERE m.pass = %(pass)s AND m.contact_id IS NOT NULL{unambiguous}
     ORDER BY x.system, x.external_id, x.row)
INSERT INTO contacts_contactidentity (contact_id, system, external_id, created_at)
SELECT contact_id, system, external_id, %(now)s
  FROM wanted
{conflict}
