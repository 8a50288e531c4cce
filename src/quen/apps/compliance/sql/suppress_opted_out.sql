-- suppress_opted_out: suppress for advertising the addresses of contacts that opted out       apps/compliance/sql
-- in    contacts: contact_id      channel_status: of contacts      channel, by_status: boolean      cause: opt_out
--       salt: bytea      now
-- out   row count of the new suppressions; existing ones are left unchanged
WITH opted_out AS MATERIALIZED (
    SELECT c.contact_id, c.address
      FROM {contacts} p
      JOIN {channel_status} c ON c.contact_id = p.contact_id
     WHERE c.address <> '' AND (c.consent IN (2, 3) OR (%(by_status)s AND c.status = 2))
)
INSERT INTO compliance_suppression (channel, address_hash, address, cause, note, contact_id, member_name, at)
SELECT %(channel)s::text, sha256(%(salt)s::bytea || convert_to(%(channel)s::text || ':' || lower(address), 'UTF8')), address,
       %(cause)s, '', contact_id, '', %(now)s
  FROM opted_out
ON CONFLICT DO NOTHING
