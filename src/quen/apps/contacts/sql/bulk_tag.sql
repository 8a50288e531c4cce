-- bulk_tag: add tags to contacts and remove tags from them
-- in    contacts: contact_id     change: id     add, remove: bigint[]     tagged, untagged: whether there are any
-- out   contacts not deleted, contacts changed          one row; a row of contacts_bulkchangerow per contact changed
WITH selected AS MATERIALIZED (
    SELECT c.id FROM contacts_contact c
     WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
), added AS (
    INSERT INTO contacts_contacttag (contact_id, tag_id)
    SELECT m.id, t.id FROM selected m CROSS JOIN contacts_tag t WHERE %(tagged)s AND t.id = ANY(%(add)s::bigint[])
    ON CONFLICT DO NOTHING RETURNING contact_id, tag_id
), removed AS (
    DELETE FROM contacts_contacttag ct USING selected m
     WHERE %(untagged)s AND ct.contact_id = m.id AND ct.tag_id = ANY(%(remove)s::bigint[])
    RETURNING ct.contact_id, ct.tag_id
), tag_changes AS (
    SELECT contact_id, tag_id, true AS is_new FROM added
    UNION ALL SELECT contact_id, tag_id, false FROM removed
), described AS MATERIALIZED (
    SELECT contact_id, jsonb_build_object(
               'added', coalesce(jsonb_agg(tag_id) FILTER (WHERE is_new), '[]'),
               'removed', coalesce(jsonb_agg(tag_id) FILTER (WHERE NOT is_new), '[]')) AS tags
      FROM tag_changes GROUP BY contact_id
), change_rows AS (
    INSERT INTO contacts_bulkchangerow (change_id, contact_id, tags)
    SELECT b.id, d.contact_id, d.tags FROM described d JOIN contacts_bulkchange b ON b.id = %(change)s
)
SELECT (SELECT count(*) FROM selected), (SELECT count(*) FROM described)
