-- sheet_undo_tags: gives back the tags that a returned workbook had cleared
-- in    change: bigint
-- out   contact_id of those who got one
INSERT INTO contacts_contacttag (contact_id, tag_id)
SELECT r.contact_id, t.id
  FROM contacts_bulkchangerow r
  JOIN contacts_contact c ON c.id = r.contact_id
 CROSS JOIN LATERAL jsonb_array_elements_text(r.tags -> 'removed') k (tag)
  JOIN contacts_tag t ON t.id = k.tag::bigint
 WHERE r.change_id = %(change)s
ON CONFLICT DO NOTHING
RETURNING contact_id
