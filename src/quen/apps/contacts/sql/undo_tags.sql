-- undo_tags: remove the tags that a change added, and add those that it removed
-- in    change: id     batch: bigint[], contacts of it, locked
-- out   contact_id, tag_id, was_added: what was done; a contact that is gone and a tag that is gone are left out
WITH undone AS MATERIALIZED (
    SELECT contact_id, tag_id, was_added FROM {undone} u
), removed_tags AS (
    DELETE FROM contacts_contacttag ct USING undone u
     WHERE u.was_added AND ct.contact_id = u.contact_id AND ct.tag_id = u.tag_id
), restored AS (
    INSERT INTO contacts_contacttag (contact_id, tag_id)
    SELECT u.contact_id, t.id FROM undone u JOIN contacts_tag t ON t.id = u.tag_id WHERE NOT u.was_added
    ON CONFLICT DO NOTHING
)
SELECT contact_id, tag_id, was_added FROM undone
