-- give_codes: give each contact a customer code
-- in    contacts: bigint[]   codes: text[] of the same length   change: bigint, the bulk change that keeps them, or null
-- out   the contacts that have got theirs; a code that somebody has is given to nobody
WITH given AS (
    INSERT INTO contacts_contactidentity (contact_id, system, external_id, created_at)
    SELECT g.contact_id, 'code', g.code, %(now)s::timestamptz
      FROM unnest(%(contacts)s::bigint[], %(codes)s::text[]) AS g (contact_id, code)
    ON CONFLICT DO NOTHING
    RETURNING contact_id, external_id
), described AS MATERIALIZED (
    SELECT contact_id, jsonb_build_object('code', external_id) AS before FROM given
), kept AS (
    INSERT INTO contacts_bulkchangerow (change_id, contact_id, before)
    SELECT b.id, d.contact_id, d.before FROM described d JOIN contacts_bulkchange b ON b.id = %(change)s::bigint
)
SELECT contact_id FROM given
