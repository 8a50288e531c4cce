-- commit_batch: write the results of a claimed batch
-- in    batch, now, in_flight, accepted, bounced, delivered: states
--       ids, states, codes, provider_messages, provider_ids, dues: arrays of one length
-- out   id, contact_id, state             of the messages still in flight; a receipt may have been faster;
--                                         none when the batch has expired: its messages may belong to another sender
WITH closed AS (DELETE FROM delivery_inflightbatch WHERE id = %(batch)s RETURNING id)
UPDATE delivery_message m
   SET state = CASE WHEN r.state <> %(accepted)s THEN r.state
                    WHEN m.bounced_at IS NOT NULL THEN %(bounced)s
                    WHEN m.delivered_at IS NOT NULL THEN %(delivered)s ELSE r.state END,
       code = r.code, provider_message = r.provider_message, provider_id = r.provider_id,
       due_at = r.due, tries = m.tries + 1,
       sent_at = CASE WHEN r.state = %(accepted)s THEN %(now)s ELSE m.sent_at END
  FROM unnest(%(ids)s::bigint[], %(states)s::smallint[], %(codes)s::text[],
              %(provider_messages)s::text[], %(provider_ids)s::text[], %(dues)s::timestamptz[])
       AS r (id, state, code, provider_message, provider_id, due)
 WHERE m.id = r.id AND m.state = %(in_flight)s AND EXISTS (SELECT FROM closed)
RETURNING m.id, m.contact_id, m.state
