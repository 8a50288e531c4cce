-- upsert_consent_changed: consent log entries of contacts whose consent changed
-- in    now: timestamptz   channel: text   proof: bigint
-- out   rows of contacts_consententry
WITH changed AS MATERIALIZED (
    SELECT c.id, c.{consent} AS consent{values}
      FROM upsert_changed x
      JOIN contacts_contact c ON c.id = x.contact_id
      JOIN upsert_merged f ON f.contact_id = x.contact_id
     WHERE c.{consent} <> x.{consent})
INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at{origins})
SELECT id, %(channel)s, 'marketing', consent, %(proof)s, %(now)s{staged}
  FROM changed
