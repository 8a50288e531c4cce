-- note_change: people changed in a way that is no event; who listens to changes of the record is told
-- in    people (a Relation): contact_id     kind: int, contact_changed     at: timestamptz or null     data: jsonb     named: int
-- out   keys of consumers who have news
-- More people than named are told as one row without a contact: anybody may have changed.
WITH changed AS MATERIALIZED (
    SELECT DISTINCT contact_id FROM {people} p
), weighed AS MATERIALIZED (
    SELECT count(*) AS n FROM changed
), waiting AS (
    INSERT INTO events_pending (consumer, kind, at, contact_id, data)
    SELECT i.consumer, i.kind, coalesce(%(at)s::timestamptz, now()), c.contact_id, %(data)s
      FROM (SELECT contact_id FROM changed CROSS JOIN weighed WHERE n <= %(named)s
             UNION ALL SELECT NULL FROM weighed WHERE n > %(named)s) c
      JOIN events_interest i ON i.kind = %(kind)s
    RETURNING consumer
)
SELECT array_agg(DISTINCT consumer::text) FROM waiting
