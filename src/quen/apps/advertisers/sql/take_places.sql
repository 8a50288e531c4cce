-- take_places: take a place within 24 hours for each message whose address has one left          apps/advertisers/sql
-- in    advertiser, workspace, channel     message_ids, hashes: arrays of one length     cap: int     since, now
-- out   message_id                         of the messages with a place; one that has a place already keeps it
-- The caller holds the lock of the advertiser and channel. Reads through the unique key.
WITH asked AS (
    SELECT message_id, address_hash, row_number() OVER (PARTITION BY address_hash ORDER BY message_id) AS place
      FROM unnest(%(message_ids)s::bigint[], %(hashes)s::bytea[]) AS a (message_id, address_hash)
), taken AS (
    SELECT address_hash, count(*) AS places
      FROM advertisers_takenplace
     WHERE advertiser_id = %(advertiser)s AND address_hash = ANY(%(hashes)s::bytea[]) AND channel = %(channel)s
       AND at > %(since)s AND NOT (workspace_id = %(workspace)s AND message_id = ANY(%(message_ids)s::bigint[]))
     GROUP BY address_hash
)
INSERT INTO advertisers_takenplace (advertiser_id, channel, address_hash, workspace_id, message_id, at)
SELECT %(advertiser)s, %(channel)s, a.address_hash, %(workspace)s, a.message_id, %(now)s
  FROM asked a
  LEFT JOIN taken t ON t.address_hash = a.address_hash
 WHERE coalesce(t.places, 0) + a.place <= %(cap)s
ON CONFLICT (advertiser_id, address_hash, workspace_id, message_id) DO UPDATE SET at = excluded.at
RETURNING message_id
