-- write_messages: a message to each endpoint that wants to know of the events of a batch
-- in    batch (a Relation): contact_id, kind (code), at, event_id, ref, data
--       endpoints, names, codes, folds, created, covering, own_keys: what is wanted, one place an endpoint and event kind
--       now: timestamptz     changed: code of contact_changed
-- A change that is no event (event_id is null) counts if it is certain: what was renamed or converted for all who have it.
-- Events of one contact by one actor that fold are one message. A system is not told what its own key did, and of a new
-- contact not that it changed.
WITH happened AS MATERIALIZED (
    SELECT b.contact_id, b.kind, b.at, coalesce(b.event_id, 0) AS event_id, b.ref, coalesce(b.data, '{}') AS data
      FROM {batch} b
     WHERE b.contact_id IS NOT NULL
), certain AS MATERIALIZED (
    SELECT h.*, coalesce(h.data ->> 'key', '') AS own_key, h.data @> '{"created": true}' AS is_new
      FROM happened h
     WHERE h.event_id > 0
        OR (h.kind = %(changed)s AND jsonb_array_length(coalesce(h.data -> 'fields', '[]')) > 0
            AND NOT jsonb_path_exists(h.data, '$.fields[*] ? (!(@ == "tags" || @ starts with "attrs."))'))
), wanted AS MATERIALIZED (
    SELECT w.*
      FROM unnest(%(endpoints)s::bigint[], %(names)s::text[], %(codes)s::smallint[], %(folds)s::boolean[],
                  %(created)s::boolean[], %(covering)s::text[], %(own_keys)s::text[])
           AS w (endpoint_id, name, code, folds, created, covering, left_out)
), folded AS MATERIALIZED (
    SELECT w.endpoint_id, w.name, c.contact_id, min(w.covering) AS covering, max(c.at) AS at,
           max(c.event_id) AS last_event,
           jsonb_agg(jsonb_build_object('event', c.kind, 'ref', c.ref, 'data', c.data) ORDER BY c.at, c.event_id)
               AS occurrences
      FROM certain c JOIN wanted w ON w.code = c.kind
     WHERE (c.own_key = '' OR c.own_key <> w.left_out) AND (w.created IS NULL OR w.created = c.is_new)
     GROUP BY w.endpoint_id, w.name, c.contact_id, c.own_key, CASE WHEN w.folds THEN 0 ELSE c.event_id END
), found AS MATERIALIZED (
    SELECT f.*
      FROM folded f
     WHERE (f.endpoint_id, f.contact_id, f.covering) NOT IN (SELECT endpoint_id, contact_id, name FROM folded)
)
INSERT INTO webhooks_webhookmessage
       (endpoint_id, kind, contact_id, at, occurrences, body, created_at, state, next_at, attempts, last_error)
SELECT endpoint_id, name, contact_id, at, occurrences, '', %(now)s, 'waiting', %(now)s, 0, ''
  FROM found
 ORDER BY last_event
