-- forget_refusals: drop the records of contacts who agreed again, so that a later refusal is recorded   apps/compliance/sql
-- in    contacts, channel_status, channel, by_status, causes, outer, inner: as in record_refusals
-- out   row count; what other workspaces have copied stays there until the contact agrees there
WITH agreed AS MATERIALIZED (
    SELECT sha256(%(outer)s::bytea || sha256(%(inner)s::bytea || convert_to(%(channel)s::text || ':' || lower(c.address), 'UTF8'))) AS address_hash
      FROM {contacts} p
      JOIN {channel_status} c ON c.contact_id = p.contact_id
     WHERE c.address <> '' AND c.consent NOT IN (2, 3) AND NOT (%(by_status)s AND c.status = 2)
       AND NOT EXISTS (SELECT 1 FROM compliance_suppression s
                        WHERE s.channel = %(channel)s AND s.cause = ANY(%(causes)s::text[]) AND s.address = c.address)
)
DELETE FROM compliance_recordedrefusal r
 USING agreed
 WHERE r.channel = %(channel)s::text AND r.address_hash = agreed.address_hash AND NOT r.is_undone
