-- import_undo_consents: consent log entries for consent that an undone import had changed
-- in    channel: text   proof: bigint   now: timestamptz   contact_ids: bigint[]
-- out   rows of contacts_consententry
INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)
SELECT c.id, %(channel)s, 'marketing', c.{consent}, %(proof)s, %(now)s
  FROM contacts_contact c
  JOIN LATERAL (SELECT e.consent
                  FROM contacts_consententry e
                 WHERE e.contact_id = c.id AND e.channel = %(channel)s
                 ORDER BY e.at DESC, e.id DESC
                 LIMIT 1) last ON true
 WHERE c.id = ANY(%(contact_ids)s) AND last.consent <> c.{consent}
