-- import_undo_consents: consent log entries for consent that an undone import had changed
-- in    channel: text   proof: bigint   now: timestamptz   contact_ids: bigint[]
-- out   rows of contacts_consententry
WITH changed AS MATERIALIZED (
    SELECT c.id, c.{consent} AS consent
      FROM contacts_contact c
      JOIN LATERAL (SELECT e.consent
                      FROM contacts_consententry e
                     WHERE e.contact_id = c.id AND e.channel = %(channel)s AND e.purpose = 'marketing'
                     ORDER BY e.at DESC, e.id DESC
                     LIMIT 1) last ON true
     WHERE c.id = ANY(%(contact_ids)s) AND last.consent <> c.{consent}
)
INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)
SELECT id, %(channel)s, 'marketing', consent, %(proof)s, %(now)s FROM changed
