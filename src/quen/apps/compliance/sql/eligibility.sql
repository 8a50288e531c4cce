-- eligibility: which contacts may be sent a message                          apps/compliance/sql/eligibility.sql
-- in    contacts: contact_id      channel_status: of contacts      capped: contact_id      marketing, by_status: boolean
--       channel      causes: text[], in the order of their reasons      blocking_causes: text[], those of this class
-- out   contact_id, address, language, reason: NULL when eligible, else the first ExclusionReason that applies
-- A cause that is not among causes is the register (20).
-- The address is hashed only if the channel has suppressed addresses.
SELECT p.contact_id, c.address, c.language,
       (CASE
         WHEN c.contact_id IS NULL THEN 2
         WHEN c.address IS NULL OR c.address = '' THEN 1
         WHEN c.deleted_at IS NOT NULL THEN 2
         WHEN c.restricted_at IS NOT NULL THEN 19
         WHEN c.consent = 3 THEN 3
         WHEN s.reason IS NOT NULL THEN s.reason
         WHEN NOT %(marketing)s THEN NULL
         WHEN c.status = 4 THEN 9
         WHEN c.consent = 2 OR (%(by_status)s AND c.status = 2) THEN 10
         WHEN c.consent <> 1 OR (%(by_status)s AND c.status <> 1) THEN 11
         WHEN k.contact_id IS NOT NULL THEN 12
       END)::smallint AS reason
  FROM {contacts} p
  LEFT JOIN {channel_status} c ON c.contact_id = p.contact_id
  LEFT JOIN (SELECT address_hash, min(coalesce(array_position(%(causes)s::text[], cause::text) + 3, 20)) AS reason
               FROM compliance_suppression
              WHERE channel = %(channel)s AND cause = ANY(%(blocking_causes)s::text[])
              GROUP BY address_hash) s
    ON s.address_hash = CASE WHEN (SELECT EXISTS (SELECT 1 FROM compliance_suppression WHERE channel = %(channel)s))
                             THEN sha256((SELECT salt FROM compliance_sendingsettings ORDER BY id LIMIT 1) || convert_to(%(channel)s || ':' || lower(c.address), 'UTF8'))
                        END
  LEFT JOIN (SELECT DISTINCT contact_id FROM {capped} capped) k ON k.contact_id = p.contact_id
