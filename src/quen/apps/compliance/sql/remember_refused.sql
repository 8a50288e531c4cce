-- remember_refused: suppress for advertising the addresses of people who had said no          apps/compliance/sql
-- in    people: contact_id      standing: of contacts      channel, by_status: boolean      refusal: the cause
--       salt: bytea      now
-- out   how many rows were new; an address refused before stays as it was
INSERT INTO compliance_suppression (channel, address_hash, address, cause, note, contact_id, member_name, at)
SELECT %(channel)s::text, sha256(%(salt)s::bytea || convert_to(%(channel)s::text || ':' || lower(c.address), 'UTF8')), c.address,
       %(refusal)s, '', c.contact_id, '', %(now)s
  FROM {people} p
  JOIN {standing} c ON c.contact_id = p.contact_id
 WHERE c.address <> '' AND (c.consent IN (2, 3) OR (%(by_status)s AND c.status = 2))
ON CONFLICT DO NOTHING
