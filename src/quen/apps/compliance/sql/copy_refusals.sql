-- copy_refusals: suppress for advertising what other workspaces of the advertiser recorded        apps/compliance/sql
-- in    channels, hashes, instants: arrays of one length     cause: advertiser
-- out   row count of the new suppressions; existing ones are left unchanged
INSERT INTO compliance_suppression (channel, address_hash, address, cause, note, contact_id, member_name, at)
SELECT r.channel, r.address_hash, '', %(cause)s, '', NULL, '', r.at
  FROM unnest(%(channels)s::text[], %(hashes)s::bytea[], %(instants)s::timestamptz[]) AS r (channel, address_hash, at)
ON CONFLICT DO NOTHING
