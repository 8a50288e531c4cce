-- share_refusals: store refusals of a workspace for the others of its advertiser                apps/advertisers/sql
-- in    advertiser, workspace, version     channels, hashes, instants, undone: arrays of one length
-- out   row count of the refusals that are new or have changed
INSERT INTO advertisers_sharedrefusal (advertiser_id, channel, address_hash, workspace_id, at, version, is_undone)
SELECT %(advertiser)s, r.channel, r.address_hash, %(workspace)s, r.at, %(version)s, r.is_undone
  FROM unnest(%(channels)s::text[], %(hashes)s::bytea[], %(instants)s::timestamptz[], %(undone)s::boolean[])
       AS r (channel, address_hash, at, is_undone)
ON CONFLICT (advertiser_id, address_hash, channel, workspace_id)
DO UPDATE SET at = excluded.at, version = excluded.version, is_undone = excluded.is_undone
