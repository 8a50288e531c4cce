-- notify_changed: queue contacts that changed without an event of their own, for consumers of contact_changed
-- in    contacts (a Relation): contact_id     kind: int, contact_changed     at: timestamptz or null     data: jsonb
--       any_contact_threshold: int
-- out   keys of consumers that got rows
-- Above the threshold one row without a contact is queued: any contact may have changed.
WITH changed AS MATERIALIZED (
    SELECT DISTINCT contact_id FROM {contacts} c
), counted AS MATERIALIZED (
    SELECT count(*) AS n, coalesce(%(at)s::timestamptz, now()) AS at FROM changed
), wanted AS MATERIALIZED (
    SELECT s.consumer, s.kind, c.at, c.contact_id
      FROM (SELECT at, contact_id FROM changed CROSS JOIN counted WHERE n <= %(any_contact_threshold)s
             UNION ALL SELECT at, NULL FROM counted WHERE n > %(any_contact_threshold)s) c
      JOIN events_subscription s ON s.kind = %(kind)s
), numbered AS MATERIALIZED (
    SELECT nextval('events_consumerqueue_id_seq') AS id, w.* FROM wanted w
), queued AS (
    INSERT INTO events_consumerqueue (id, consumer, kind, at, contact_id, data)
    SELECT n.id, n.consumer, n.kind, n.at, n.contact_id, %(data)s
      FROM numbered n JOIN events_subscription s ON s.consumer = n.consumer AND s.kind = n.kind
)
SELECT array_agg(DISTINCT consumer::text) FROM numbered
