-- upsert_consent_created: consent log entries of new contacts
-- in    pass: smallint   now: timestamptz   channel: text   proof: bigint
-- out   rows of contacts_consententry
WITH created AS MATERIALIZED (
    SELECT x.contact_id, s.{consent} AS consent{values}
      FROM upsert_created x
      JOIN upsert_stage s ON s.row = x.row
     WHERE x.pass = %(pass)s AND s.{consent} <> 0)
INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at{origins})
SELECT contact_id, %(channel)s, 'marketing', consent, %(proof)s, %(now)s{staged}
  FROM created
