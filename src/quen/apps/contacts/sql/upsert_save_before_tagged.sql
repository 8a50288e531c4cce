-- upsert_save_before_tagged: stores the contacts that gain tags, so that the import can be undone
-- in    change: bigint
-- out   rows of contacts_bulkchangerow; for contacts stored already only the added tags are appended
INSERT INTO contacts_bulkchangerow (change_id, contact_id, before, tags)
SELECT %(change)s, c.id, to_jsonb(c) - 'search', t.tags
  FROM (SELECT contact_id, jsonb_build_object(
               'added', coalesce(jsonb_agg(tag_id ORDER BY tag_id) FILTER (WHERE tag_id IS NOT NULL), '[]')) AS tags
          FROM upsert_added_tag GROUP BY contact_id) t
  JOIN contacts_contact c ON c.id = t.contact_id
ON CONFLICT (change_id, contact_id) DO UPDATE
   SET tags = jsonb_set('{"added": []}', ARRAY['added'],
                        coalesce(contacts_bulkchangerow.tags -> 'added', '[]') || (excluded.tags -> 'added'))
 WHERE contacts_bulkchangerow.before IS NOT NULL
