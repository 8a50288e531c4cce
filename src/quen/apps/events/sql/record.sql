-- record: events, and what waits for whom, in one statement
-- in    rows (a Relation): contact_id, at, kind (code), value, ref, data     named: int, how many events are named one by one
-- out   events recorded; keys of consumers who have news
-- Numbers are drawn first, so that the insert has nothing to give back and a million events pass through once.
WITH said AS MATERIALIZED (
    SELECT nextval('events_event_id_seq') AS id, r.contact_id, r.at, r.kind, r.value, r.ref, r.data FROM {rows} r
), weighed AS MATERIALIZED (
    SELECT n, CASE WHEN n > %(named)s THEN nextval('events_event_id_seq') END AS batch
      FROM (SELECT count(*) AS n FROM said) counted
), made AS (
    INSERT INTO events_event (id, contact_id, at, kind, value, ref, data, batch)
    SELECT s.id, s.contact_id, s.at, s.kind, s.value, s.ref, s.data, w.batch FROM said s CROSS JOIN weighed w
), waiting AS (
    INSERT INTO events_pending (consumer, kind, at, contact_id, event_id)
    SELECT i.consumer, s.kind, s.at, s.contact_id, s.id
      FROM said s CROSS JOIN weighed w JOIN events_interest i ON i.kind = s.kind
     WHERE w.batch IS NULL ORDER BY s.id
    RETURNING consumer
), marked AS (
    INSERT INTO events_pending (consumer, kind, at, until, batch)
    SELECT i.consumer, k.kind, k.since, k.until, w.batch
      FROM weighed w
     CROSS JOIN (SELECT kind, min(at) AS since, max(at) AS until FROM said GROUP BY kind) k
      JOIN events_interest i ON i.kind = k.kind
     WHERE w.batch IS NOT NULL
    RETURNING consumer
)
SELECT (SELECT n FROM weighed),
       (SELECT array_agg(DISTINCT consumer::text)
          FROM (SELECT consumer FROM waiting UNION ALL SELECT consumer FROM marked) told)
