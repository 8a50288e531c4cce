-- record: insert events and queue them for subscribed consumers, in one statement
-- in    rows (a Relation): contact_id, at, kind (code), value, ref, data
--       bulk_threshold: int, up to how many events get a queue row each
-- out   events recorded; keys of consumers that got rows
-- Ids are drawn first, so that the insert needs no RETURNING and a million events are read only once. The rows are read
-- before that: Citus draws no ids for the rows of a join. Each INSERT names a table of the workspace beside the rows of
-- the steps before it, so that Citus hands these to that workspace's node alone (docs/adding/sql.md, node-inserts).
WITH given AS MATERIALIZED (
    SELECT * FROM {rows} r
), new_events AS MATERIALIZED (
    SELECT nextval('events_event_id_seq') AS id, r.contact_id, r.at, r.kind, r.value, r.ref, r.data FROM given r
), counted AS MATERIALIZED (
    SELECT n, CASE WHEN n > %(bulk_threshold)s THEN nextval('events_event_id_seq') END AS bulk_id
      FROM (SELECT count(*) AS n FROM new_events) total
), inserted AS (
    INSERT INTO events_event (id, contact_id, at, kind, value, ref, data, bulk_id)
    SELECT e.id, e.contact_id, e.at, e.kind, e.value, e.ref, e.data, c.bulk_id
      FROM new_events e CROSS JOIN counted c
     WHERE (SELECT count(*) FROM events_subscription) >= 0
), wanted AS MATERIALIZED (
    SELECT s.consumer, e.kind, e.at, NULL::timestamptz AS until, e.contact_id, e.id AS event_id, NULL::bigint AS bulk_id
      FROM new_events e CROSS JOIN counted c JOIN events_subscription s ON s.kind = e.kind
     WHERE c.bulk_id IS NULL
     UNION ALL
    SELECT s.consumer, k.kind, k.since, k.until, NULL, NULL, c.bulk_id
      FROM counted c
     CROSS JOIN (SELECT kind, min(at) AS since, max(at) AS until FROM new_events GROUP BY kind) k
      JOIN events_subscription s ON s.kind = k.kind
     WHERE c.bulk_id IS NOT NULL
), numbered AS MATERIALIZED (
    SELECT nextval('events_consumerqueue_id_seq') AS id, w.* FROM (SELECT * FROM wanted ORDER BY event_id) w
), queued AS (
    INSERT INTO events_consumerqueue (id, consumer, kind, at, until, contact_id, event_id, bulk_id)
    SELECT n.id, n.consumer, n.kind, n.at, n.until, n.contact_id, n.event_id, n.bulk_id
      FROM numbered n JOIN events_subscription s ON s.consumer = n.consumer AND s.kind = n.kind
)
SELECT (SELECT n FROM counted), (SELECT array_agg(DISTINCT consumer::text) FROM numbered)
