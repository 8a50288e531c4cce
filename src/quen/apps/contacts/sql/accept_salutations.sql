-- accept_salutations: address contacts as it is proposed
-- in    proposals: contact_id, salutation, certainty, reason     at_least: int, the lowest certainty
--       change: bigint, the bulk change that keeps what was accepted     now: timestamptz
-- out   the contacts that changed
WITH accepted AS (
    UPDATE contacts_contact c SET salutation = p.salutation, updated_at = %(now)s::timestamptz
      FROM {proposals} p
     WHERE c.id = p.contact_id AND p.certainty >= %(at_least)s::int AND c.salutation = ''
    RETURNING c.id, c.salutation
), kept AS (
    INSERT INTO contacts_bulkchangerow (change_id, contact_id, before)
    SELECT b.id, a.id, jsonb_build_object('accepted', a.salutation)
      FROM accepted a JOIN contacts_bulkchange b ON b.id = %(change)s::bigint
)
SELECT id FROM accepted
