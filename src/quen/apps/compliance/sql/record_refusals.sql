-- record_refusals: record the refusals of contacts on a channel, for the advertiser's other workspaces  apps/compliance/sql
-- in    contacts: contact_id      channel_status: of contacts      channel, by_status: boolean
--       causes: of suppressions that are refusals      outer, inner: bytea, the paddings of the key      now
-- out   row count of the refusals that are new
WITH refused AS MATERIALIZED (
    SELECT lower(c.address) AS address
      FROM {contacts} p
      JOIN {channel_status} c ON c.contact_id = p.contact_id
     WHERE c.address <> '' AND (c.consent IN (2, 3) OR (%(by_status)s AND c.status = 2))
     UNION
    SELECT lower(s.address)
      FROM {contacts} p
      JOIN compliance_suppression s ON s.contact_id = p.contact_id
     WHERE s.address <> '' AND s.channel = %(channel)s AND s.cause = ANY(%(causes)s::text[])
)
INSERT INTO compliance_recordedrefusal (channel, address_hash, at, is_undone, is_shared)
SELECT %(channel)s::text, sha256(%(outer)s::bytea || sha256(%(inner)s::bytea || convert_to(%(channel)s::text || ':' || address, 'UTF8'))),
       %(now)s::timestamptz, false, false
  FROM refused
ON CONFLICT (channel, address_hash) DO UPDATE
   SET at = excluded.at, is_undone = false, is_shared = false
 WHERE compliance_recordedrefusal.is_undone
