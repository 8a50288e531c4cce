-- upsert_consent_created: consent log entries of new contacts
-- in    pass: smallint   now: timestamptz   channel: text   proof: bigint
-- out   rows of contacts_consententry
INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at{origins})
SELECT x.contact_id, %(channel)s, 'marketing', s.{consent}, %(proof)s, %(now)s{values}
  FROM upsert_created x
  JOIN upsert_stage s ON s.row = x.row
 WHERE x.pass = %(pass)s AND s.{consent} <> 0
