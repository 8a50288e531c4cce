-- record: insert events and queue them for subscribed consumers, in one statement
-- in    rows (a Relation): contact_id, at, kind (code), value, ref, data
--       bulk_threshold: int, up to how many events get a queue row each
-- out   events recorded; keys of consumers that got rows
-- Ids are drawn first, so that the insert needs no RETURNING and a million events are read only once. The rows are read
-- before that: Citus draws no ids for the rows of a join.
WITH given AS MATERIALIZED (
    SELECT * FROM {rows} r
), new_events AS MATERIALIZED (
    SELECT nextval('events_event_id_seq') AS id, r.contact_id, r.at, r.kind, r.value, r.ref, r.data FROM given r
), counted AS MATERIALIZED (
    SELECT n, CASE WHEN n > %(bulk_threshold)s THEN nextval('events_event_id_seq') END AS bulk_id
      FROM (SELECT count(*) AS n FROM new_events) total
), inserted AS (
    INSERT INTO events_event (id, contact_id, at, kind, value, ref, data, bulk_id)
    SELECT e.id, e.contact_id, e.at, e.kind, e.value, e.ref, e.data, c.bulk_id FROM new_events e CROSS JOIN counted c
), queued AS (
    INSERT INTO events_consumerqueue (consumer, kind, at, contact_id, event_id)
    SELECT s.consumer, e.kind, e.at, e.contact_id, e.id
      FROM new_events e CROSS JOIN counted c JOIN events_subscription s ON s.kind = e.kind
     WHERE c.bulk_id IS NULL ORDER BY e.id
    RETURNING consumer
), bulk_markers AS (
    INSERT INTO events_consumerqueue (consumer, kind, at, until, bulk_id)
    SELECT s.consumer, k.kind, k.since, k.until, c.bulk_id
      FROM counted c
     CROSS JOIN (SELECT kind, min(at) AS since, max(at) AS until FROM new_events GROUP BY kind) k
      JOIN events_subscription s ON s.kind = k.kind
     WHERE c.bulk_id IS NOT NULL
    RETURNING consumer
)
SELECT (SELECT n FROM counted),
       (SELECT array_agg(DISTINCT consumer::text)
          FROM (SELECT consumer FROM queued UNION ALL SELECT consumer FROM bulk_markers) woken)
