-- refusals_since: contacts who have refused advertising on a channel since a change, and still do
-- in    contacts: contact_id     since: timestamptz     refusals: smallint[]
--       own: bigint[], the proofs of the change itself     current: what is in force on the channel of an entry
-- out   contact_id
SELECT c.id AS contact_id
  FROM contacts_contact c
 WHERE c.id IN (SELECT contact_id FROM {contacts} p)
   AND EXISTS (
       SELECT 1 FROM contacts_consententry e
        WHERE e.contact_id = c.id AND e.purpose = 'marketing' AND e.at > %(since)s
          AND e.consent = ANY(%(refusals)s::smallint[]) AND e.proof_id <> ALL(%(own)s::bigint[])
          AND {current} = ANY(%(refusals)s::smallint[]))
