-- upsert_consent_changed: consent log entries of contacts whose consent changed
-- in    now: timestamptz   channel: text   proof: bigint
-- out   rows of contacts_consententry
INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at{origins})
SELECT c.id, %(channel)s, 'marketing', c.{consent}, %(proof)s, %(now)s{values}
  FROM upsert_changed x
  JOIN contacts_contact c ON c.id = x.contact_id
  JOIN upsert_merged f ON f.contact_id = x.contact_id
 WHERE c.{consent} <> x.{consent}
