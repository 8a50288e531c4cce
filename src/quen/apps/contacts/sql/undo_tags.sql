-- undo_tags: remove the tags that a change added, and add those that it removed
-- in    change: id     batch: bigint[], contacts of it
-- out   contacts of the batch that still exist         one row
WITH changed AS MATERIALIZED (
    SELECT r.contact_id, r.tags FROM contacts_bulkchangerow r JOIN contacts_contact c ON c.id = r.contact_id
     WHERE r.change_id = %(change)s AND r.contact_id = ANY(%(batch)s::bigint[])
), removed_tags AS (
    DELETE FROM contacts_contacttag ct
     USING (SELECT contact_id, jsonb_array_elements_text(tags->'added')::bigint AS tag_id FROM changed) a
     WHERE ct.contact_id = a.contact_id AND ct.tag_id = a.tag_id
), restored AS (
    INSERT INTO contacts_contacttag (contact_id, tag_id)
    SELECT r.contact_id, t.id
      FROM (SELECT contact_id, jsonb_array_elements_text(tags->'removed')::bigint AS tag_id FROM changed) r
      JOIN contacts_tag t ON t.id = r.tag_id
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM changed
