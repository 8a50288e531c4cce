-- close_window: write what became of the messages of a window
-- in    window, handing, accepted, now      ids, states, codes, tolds, providers, dues: arrays side by side
-- out   id, contact_id, state                            of those still in hand; what was settled meanwhile stays
WITH closed AS (DELETE FROM delivery_window WHERE id = %(window)s)
UPDATE delivery_message m
   SET state = r.state, code = r.code, told = r.told, provider_id = r.provider, due_at = r.due, tries = m.tries + 1,
       handed_at = CASE WHEN r.state = %(accepted)s THEN %(now)s ELSE m.handed_at END
  FROM unnest(%(ids)s::bigint[], %(states)s::smallint[], %(codes)s::text[], %(tolds)s::text[], %(providers)s::text[],
              %(dues)s::timestamptz[]) r (id, state, code, told, provider, due)
 WHERE m.id = r.id AND m.state = %(handing)s
RETURNING m.id, m.contact_id, m.state
