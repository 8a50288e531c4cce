-- upsert_save_before: stores the contacts about to change, so that the import can be undone
-- in    change: bigint
-- out   rows of contacts_bulkchangerow; for contacts stored already only the added tags are appended
INSERT INTO contacts_bulkchangerow (change_id, contact_id, before, tags)
SELECT %(change)s, c.id, to_jsonb(c) - 'search', t.tags
  FROM upsert_changed ch
  JOIN contacts_contact c ON c.id = ch.contact_id
  LEFT JOIN (SELECT contact_id, jsonb_build_object('added', jsonb_agg(tag_id ORDER BY tag_id)) AS tags
               FROM upsert_added_tag GROUP BY contact_id) t ON t.contact_id = c.id
ON CONFLICT (change_id, contact_id) DO UPDATE
   SET tags = jsonb_set('{"added": []}', ARRAY['added'],
                        coalesce(contacts_bulkchangerow.tags -> 'added', '[]') || (excluded.tags -> 'added'))
 WHERE contacts_bulkchangerow.before IS NOT NULL AND excluded.tags IS NOT NULL
