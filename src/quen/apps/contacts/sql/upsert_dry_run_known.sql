-- upsert_dry_run_known: the contacts with a phone, an email or a unique value of a batch of a dry run
-- in    nothing
-- out   id
-- rides contact_phone_unique, contact_email_unique: LIMIT 1 keeps each lookup an index probe
SELECT p.id
  FROM upsert_stage s
 CROSS JOIN LATERAL (
       SELECT c.id FROM contacts_contact c WHERE c.phone = s.phone AND c.deleted_at IS NULL LIMIT 1) p
 UNION
SELECT e.id
  FROM upsert_stage s
 CROSS JOIN LATERAL (
       SELECT c.id FROM contacts_contact c WHERE c.email = s.email AND c.deleted_at IS NULL LIMIT 1) e{taken}
