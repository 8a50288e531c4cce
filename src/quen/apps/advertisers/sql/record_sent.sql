-- record_sent: count messages that were sent before the workspace shared its counters          apps/advertisers/sql
-- in    advertiser, workspace     message_ids, channels, hashes, instants: arrays of one length
-- out   row count of the new places
INSERT INTO advertisers_takenplace (advertiser_id, channel, address_hash, workspace_id, message_id, at)
SELECT %(advertiser)s, m.channel, m.address_hash, %(workspace)s, m.message_id, m.at
  FROM unnest(%(message_ids)s::bigint[], %(channels)s::text[], %(hashes)s::bytea[], %(instants)s::timestamptz[])
       AS m (message_id, channel, address_hash, at)
ON CONFLICT DO NOTHING
