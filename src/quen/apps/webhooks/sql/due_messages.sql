-- due_messages: the next messages of each endpoint, each endpoint by itself, so that no backlog hides another one
-- in    endpoints: bigint[]     wished: int[], how many of each     taken: bigint[], those in hand already     now
-- out   id, endpoint_id, kind, contact_id, at, created_at, attempts, body
-- rides webhook_message_due
SELECT m.id, m.endpoint_id, m.kind, m.contact_id, m.at, m.created_at, m.attempts, m.body
  FROM unnest(%(endpoints)s::bigint[], %(wished)s::int[]) AS w (endpoint_id, wished)
 CROSS JOIN LATERAL (
       SELECT d.* FROM webhooks_webhookmessage d
        WHERE d.endpoint_id = w.endpoint_id AND d.state = 'waiting' AND d.next_at <= %(now)s
          AND d.id <> ALL(%(taken)s::bigint[])
        ORDER BY d.next_at, d.id
        LIMIT w.wished) m
