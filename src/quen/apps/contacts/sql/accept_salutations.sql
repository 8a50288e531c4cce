-- accept_salutations: address contacts as it is proposed
-- in    proposals: contact_id, salutation, certainty, reason     at_least: int, the lowest certainty
--       change: bigint, the bulk change that keeps what was accepted     now: timestamptz
-- out   the contacts that changed
WITH wanted AS MATERIALIZED (
    SELECT p.contact_id, p.salutation FROM {proposals} p WHERE p.certainty >= %(at_least)s::int
), accepted AS (
    UPDATE contacts_contact c SET salutation = w.salutation, updated_at = %(now)s::timestamptz
      FROM wanted w
     WHERE c.id = w.contact_id AND c.salutation = ''
    RETURNING c.id, c.salutation
), described AS MATERIALIZED (
    SELECT id, jsonb_build_object('accepted', salutation) AS before FROM accepted
), kept AS (
    INSERT INTO contacts_bulkchangerow (change_id, contact_id, before)
    SELECT b.id, d.id, d.before FROM described d JOIN contacts_bulkchange b ON b.id = %(change)s::bigint
)
SELECT id FROM accepted
