-- close_window: write what became of the messages of a window
-- in    window, now, handing, accepted, bounced, delivered: states      ids, states, codes, tolds, providers, dues: arrays side by side
-- out   id, contact_id, state                            of those still in hand; a receipt may be faster than us;
--                                                        none when the window was called dead: they may be in another's hand
WITH closed AS (DELETE FROM delivery_window WHERE id = %(window)s RETURNING id)
UPDATE delivery_message m
   SET state = CASE WHEN r.state <> %(accepted)s THEN r.state
                    WHEN m.bounced_at IS NOT NULL THEN %(bounced)s
                    WHEN m.delivered_at IS NOT NULL THEN %(delivered)s ELSE r.state END,
       code = r.code, told = r.told, provider_id = r.provider, due_at = r.due, tries = m.tries + 1,
       handed_at = CASE WHEN r.state = %(accepted)s THEN %(now)s ELSE m.handed_at END
  FROM unnest(%(ids)s::bigint[], %(states)s::smallint[], %(codes)s::text[], %(tolds)s::text[], %(providers)s::text[],
              %(dues)s::timestamptz[]) r (id, state, code, told, provider, due)
 WHERE m.id = r.id AND m.state = %(handing)s AND EXISTS (SELECT FROM closed)
RETURNING m.id, m.contact_id, m.state
