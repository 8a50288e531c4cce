-- commit_batch: write the results of a claimed batch
-- in    batch, now, in_flight, queued, accepted, bounced, delivered, uncertain: states; a message that is
--       queued again was not sent: it has used up no try and keeps the last reply
--       results: JSON list of {id, state, code, provider_message, provider_id, due}; one value instead of six arrays,
--       because it costs the sender a tenth
--       connection: whose receipts carry only the provider's id, so that messages are found by it; NULL for others
-- out   id, contact_id, state             of the messages still in flight; a receipt or an open may have been faster;
--                                         none when the batch has expired: its messages may belong to another sender
WITH closed AS (
    DELETE FROM delivery_inflightbatch WHERE id = %(batch)s RETURNING id
), results AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(results)s::json)
        AS r (id bigint, state smallint, code text, provider_message text, provider_id text, due timestamptz)
), referenced AS (
    INSERT INTO delivery_providerreference (connection_id, provider_id, message_id)
    SELECT %(connection)s::bigint, r.provider_id, r.id
      FROM results r JOIN delivery_message m ON m.id = r.id
     WHERE %(connection)s::bigint IS NOT NULL AND r.provider_id <> '' AND EXISTS (SELECT 1 FROM closed)
     ORDER BY r.provider_id
    ON CONFLICT (connection_id, provider_id) DO UPDATE SET message_id = excluded.message_id
)
UPDATE delivery_message m
   SET state = CASE WHEN r.state NOT IN (%(accepted)s, %(uncertain)s) THEN r.state
                    WHEN m.bounced_at IS NOT NULL THEN %(bounced)s
                    WHEN m.delivered_at IS NOT NULL THEN %(delivered)s
                    WHEN coalesce(m.complained_at, m.opened_at, m.bot_opened_at, m.clicked_at, m.unsubscribed_at)
                         IS NOT NULL THEN %(accepted)s
                    ELSE r.state END,
       code = CASE WHEN m.bounced_at IS NULL AND r.state <> %(queued)s THEN r.code ELSE m.code END,
       provider_message = CASE WHEN m.bounced_at IS NULL AND r.state <> %(queued)s THEN r.provider_message
                               ELSE m.provider_message END,
       provider_id = r.provider_id, due_at = r.due, tries = m.tries + (r.state <> %(queued)s)::int,
       sent_at = CASE WHEN r.state = %(accepted)s THEN %(now)s ELSE m.sent_at END
  FROM results r
 WHERE m.id = r.id AND m.state = %(in_flight)s AND EXISTS (SELECT 1 FROM closed)
RETURNING m.id, m.contact_id, m.state
