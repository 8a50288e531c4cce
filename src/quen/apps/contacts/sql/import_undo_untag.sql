-- import_undo_untag: removes the tags that an import added to existing contacts
-- in    change: bigint
-- out   nothing; contacts_contacttag is written
DELETE FROM contacts_contacttag ct
 USING contacts_bulkchangerow r
 CROSS JOIN LATERAL jsonb_array_elements_text(r.tags -> 'added') t (tag)
 WHERE r.change_id = %(change)s AND r.before IS NOT NULL AND ct.contact_id = r.contact_id AND ct.tag_id = t.tag::bigint
