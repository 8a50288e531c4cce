-- store_outcomes: what became of one attempt of each of these messages, which are locked
-- in    ids, states, next, ended, attempts, first, statuses, errors: one place a message
UPDATE webhooks_webhookmessage m
   SET state = o.state, next_at = o.next_at, ended_at = o.ended_at, attempts = o.attempts,
       first_attempt_at = coalesce(m.first_attempt_at, o.first_at), last_status = o.status, last_error = o.error
  FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(next)s::timestamptz[], %(ended)s::timestamptz[],
              %(attempts)s::smallint[], %(first)s::timestamptz[], %(statuses)s::smallint[], %(errors)s::text[])
       AS o (id, state, next_at, ended_at, attempts, first_at, status, error)
 WHERE m.id = o.id
