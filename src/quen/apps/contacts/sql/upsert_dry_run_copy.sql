-- upsert_dry_run_copy: copies the contacts that a batch of a dry run may match, with their tags and identities
-- in    nothing
-- out   rows of the copies; a contact that an earlier batch copied keeps what the dry run made of it
-- rides contact_phone_unique, contact_email_unique, identity_unique: LIMIT 1 and
--       OFFSET 0 keep each lookup an index probe, or a batch would read whole tables
WITH identity AS MATERIALIZED (
    SELECT h.*
      FROM (SELECT system, external_id FROM upsert_row_identity
             UNION SELECT system, external_id FROM {secondary}) x
     CROSS JOIN LATERAL (
           SELECT ci.contact_id, ci.system, ci.external_id, ci.created_at FROM contacts_contactidentity ci
            WHERE ci.system = x.system AND ci.external_id = x.external_id AND ci.deleted_at IS NULL
            LIMIT 1) h),
wanted AS MATERIALIZED (
    SELECT p.id FROM upsert_stage s CROSS JOIN LATERAL (
           SELECT c.id FROM contacts_contact c WHERE c.phone = s.phone AND c.deleted_at IS NULL LIMIT 1) p
     UNION SELECT e.id FROM upsert_stage s CROSS JOIN LATERAL (
           SELECT c.id FROM contacts_contact c WHERE c.email = s.email AND c.deleted_at IS NULL LIMIT 1) e
     UNION SELECT contact_id FROM identity{taken}),
people AS (
    INSERT INTO upsert_dry_run_contact ({columns})
    SELECT c.* FROM wanted CROSS JOIN LATERAL (
           SELECT {columns} FROM contacts_contact WHERE contacts_contact.id = wanted.id LIMIT 1) c
    ON CONFLICT DO NOTHING
    RETURNING id),
tags AS (
    INSERT INTO upsert_dry_run_contacttag (contact_id, tag_id)
    SELECT people.id, t.tag_id FROM people CROSS JOIN LATERAL (
           SELECT ct.tag_id FROM contacts_contacttag ct WHERE ct.contact_id = people.id OFFSET 0) t)
INSERT INTO upsert_dry_run_contactidentity (contact_id, system, external_id, created_at)
SELECT contact_id, system, external_id, created_at FROM identity
ON CONFLICT DO NOTHING
