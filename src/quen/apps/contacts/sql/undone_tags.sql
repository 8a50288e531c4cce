-- undone_tags: what undo of a change of tags is about to do
-- in    change: id     batch: bigint[], contacts of it, or NULL for all
-- out   contact_id, tag_id, was_added: whether the change had added the tag
SELECT r.contact_id, ct.tag_id, true AS was_added
  FROM contacts_bulkchangerow r
 CROSS JOIN LATERAL jsonb_array_elements_text(r.tags -> 'added') a (tag)
  JOIN contacts_contacttag ct ON ct.contact_id = r.contact_id AND ct.tag_id = a.tag::bigint
 WHERE r.change_id = %(change)s AND (%(batch)s::bigint[] IS NULL OR r.contact_id = ANY(%(batch)s::bigint[]))
 UNION ALL
SELECT r.contact_id, t.id, false
  FROM contacts_bulkchangerow r
  JOIN contacts_contact c ON c.id = r.contact_id
 CROSS JOIN LATERAL jsonb_array_elements_text(r.tags -> 'removed') a (tag)
  JOIN contacts_tag t ON t.id = a.tag::bigint
 WHERE r.change_id = %(change)s AND (%(batch)s::bigint[] IS NULL OR r.contact_id = ANY(%(batch)s::bigint[]))
   AND NOT EXISTS (SELECT 1 FROM contacts_contacttag ct WHERE ct.contact_id = r.contact_id AND ct.tag_id = t.id)
