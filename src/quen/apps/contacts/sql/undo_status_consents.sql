-- undo_status_consents: consent log entries of the contacts whose email consent undo_status is about to restore
-- in    change: id     batch: bigint[], contacts of it     proof: id     now: timestamptz
--       refused: bigint[], those who have refused since
-- out   rows of contacts_consententry
WITH changed AS MATERIALIZED (
    SELECT c.id, (r.before->>'consent_email')::smallint AS consent
      FROM contacts_bulkchangerow r JOIN contacts_contact c ON c.id = r.contact_id
     WHERE r.change_id = %(change)s AND r.contact_id = ANY(%(batch)s::bigint[])
       AND c.status = (r.before->>'to')::smallint
       AND c.consent_email = (r.before->>'to_consent')::smallint
       AND r.before->>'to_consent' <> r.before->>'consent_email'
       AND r.contact_id <> ALL(%(refused)s::bigint[])
)
INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)
SELECT id, 'email', 'marketing', consent, %(proof)s, %(now)s FROM changed
