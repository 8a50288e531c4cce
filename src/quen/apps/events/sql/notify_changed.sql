-- notify_changed: queue contacts that changed without an event of their own, for consumers of contact_changed
-- in    contacts (a Relation): contact_id     kind: int, contact_changed     at: timestamptz or null     data: jsonb
--       any_contact_threshold: int
-- out   keys of consumers that got rows
-- Above the threshold one row without a contact is queued: any contact may have changed.
WITH changed AS MATERIALIZED (
    SELECT DISTINCT contact_id FROM {contacts} c
), counted AS MATERIALIZED (
    SELECT count(*) AS n FROM changed
), queued AS (
    INSERT INTO events_consumerqueue (consumer, kind, at, contact_id, data)
    SELECT s.consumer, s.kind, coalesce(%(at)s::timestamptz, now()), c.contact_id, %(data)s
      FROM (SELECT contact_id FROM changed CROSS JOIN counted WHERE n <= %(any_contact_threshold)s
             UNION ALL SELECT NULL FROM counted WHERE n > %(any_contact_threshold)s) c
      JOIN events_subscription s ON s.kind = %(kind)s
    RETURNING consumer
)
SELECT array_agg(DISTINCT consumer::text) FROM queued
