-- upsert_dry_run_identities: copies the identities of a batch of a dry run that contacts have
-- in    nothing
-- out   rows of the copy; an identity that an earlier batch copied stays
-- rides identity_unique: LIMIT 1 keeps each lookup an index probe, or a batch would read whole tables
INSERT INTO upsert_dry_run_contactidentity (contact_id, system, external_id, created_at)
SELECT h.contact_id, h.system, h.external_id, h.created_at
  FROM (SELECT system, external_id FROM upsert_row_identity
         UNION SELECT system, external_id FROM {secondary}) x
 CROSS JOIN LATERAL (
       SELECT ci.contact_id, ci.system, ci.external_id, ci.created_at FROM contacts_contactidentity ci
        WHERE ci.system = x.system AND ci.external_id = x.external_id AND ci.deleted_at IS NULL
        LIMIT 1) h
ON CONFLICT DO NOTHING
