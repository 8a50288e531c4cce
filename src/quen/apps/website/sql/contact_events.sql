-- contact_events: what known visitors did and no event tells yet, as events of their contacts
-- in    visitors: bigint[]     codes: smallint[], of page_viewed, product_viewed, cart_updated, website_action
-- out   contact_id, at, kind, value, ref, data
SELECT v.contact_id, a.at, (%(codes)s::smallint[])[a.kind] AS kind, a.value, NULL::bigint AS ref,
       jsonb_strip_nulls(jsonb_build_object(
         'page', nullif(a.page, ''),
         'title', CASE a.kind WHEN 1 THEN coalesce(nullif(a.title, ''), a.page) END,
         'product', CASE a.kind WHEN 2 THEN coalesce(nullif(a.name, ''), nullif(a.code, ''), a.page) END,
         'name', CASE a.kind WHEN 4 THEN a.name END,
         'code', nullif(a.code, ''),
         'items', a.data -> 'items',
         'details', CASE a.kind WHEN 4 THEN nullif(a.data, '{}'::jsonb) END
       )) AS data
  FROM website_websiteaction a
  JOIN website_visitor v ON v.id = a.visitor_id
 WHERE a.visitor_id = ANY(%(visitors)s) AND NOT a.is_recorded AND v.contact_id IS NOT NULL
