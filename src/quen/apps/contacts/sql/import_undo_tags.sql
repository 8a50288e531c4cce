-- import_undo_tags: tags that an import made, that nobody described since, and that no contact has after its undo
-- in    change: bigint   last_tag: bigint, the last tag before the import   of_all: bigint[], tags of every row
-- out   tag_id
SELECT t.id
  FROM contacts_tag t
 WHERE t.id > %(last_tag)s AND t.description = ''
   AND (t.id = ANY(%(of_all)s::bigint[])
        OR EXISTS (SELECT 1 FROM contacts_contacttag ct
                     JOIN contacts_bulkchangerow r ON r.contact_id = ct.contact_id AND r.change_id = %(change)s
                    WHERE ct.tag_id = t.id)
        OR EXISTS (SELECT 1 FROM contacts_bulkchangerow r
                    WHERE r.change_id = %(change)s AND r.tags -> 'added' @> to_jsonb(t.id)))
   AND NOT EXISTS (SELECT 1 FROM contacts_contacttag ct
                     JOIN contacts_contact c ON c.id = ct.contact_id
                    WHERE ct.tag_id = t.id AND c.deleted_at IS NULL)
