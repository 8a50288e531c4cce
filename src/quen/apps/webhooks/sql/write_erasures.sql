-- write_erasures: a message about each contact that is being erased, with nothing but its number
-- in    contacts (a Relation): contact_id     endpoints: bigint[]     kind: text     now: timestamptz
WITH erased AS MATERIALIZED (
    SELECT DISTINCT contact_id FROM {contacts} c
), told AS MATERIALIZED (
    SELECT e.endpoint_id, c.contact_id
      FROM erased c CROSS JOIN unnest(%(endpoints)s::bigint[]) AS e (endpoint_id)
)
INSERT INTO webhooks_webhookmessage
       (endpoint_id, kind, contact_id, at, occurrences, body, created_at, state, next_at, attempts, last_error)
SELECT endpoint_id, %(kind)s, contact_id, %(now)s, '[]', '', %(now)s, 'waiting', %(now)s, 0, ''
  FROM told
 ORDER BY contact_id, endpoint_id
