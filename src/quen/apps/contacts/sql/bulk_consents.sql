-- bulk_consents: consent log entries of the contacts whose email consent a change of status has changed
-- in    change: id     contacts: bigint[]     proof: id     now: timestamptz
-- out   rows of contacts_consententry, numbered here: inside the statement of the change another server may draw them
INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)
SELECT r.contact_id, 'email', 'marketing', (r.before ->> 'to_consent')::smallint, %(proof)s, %(now)s
  FROM contacts_bulkchangerow r
 WHERE r.change_id = %(change)s AND r.contact_id = ANY(%(contacts)s::bigint[])
   AND r.before ->> 'to_consent' <> r.before ->> 'consent_email'
