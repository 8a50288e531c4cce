-- change_members: put contacts into groups and take them out of others, and keep what undo needs
-- in    contacts: contact_id     change: id     add, remove: bigint[]     adds, removes: whether there are any
--       now: timestamptz
-- out   contacts not deleted, contacts changed          one row; a row of groups_memberchange per membership changed
WITH selected AS MATERIALIZED (
    SELECT c.id FROM contacts_contact c
     WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
), added AS (
    INSERT INTO groups_groupmember (group_id, contact_id, joined_at)
    SELECT g.id, s.id, %(now)s
      FROM selected s CROSS JOIN groups_contactgroup g
     WHERE %(adds)s AND g.id = ANY(%(add)s::bigint[])
    ON CONFLICT DO NOTHING RETURNING group_id, contact_id, joined_at
), removed AS (
    DELETE FROM groups_groupmember m USING selected s
     WHERE %(removes)s AND m.contact_id = s.id AND m.group_id = ANY(%(remove)s::bigint[])
    RETURNING m.group_id, m.contact_id, m.joined_at
), changed AS MATERIALIZED (
    SELECT group_id, contact_id, joined_at, false AS was_in FROM added
     UNION ALL
    SELECT group_id, contact_id, joined_at, true FROM removed
), kept AS (
    INSERT INTO groups_memberchange (change_id, group_id, contact_id, joined_at, removed, at)
    SELECT b.id, c.group_id, c.contact_id, c.joined_at, c.was_in, %(now)s
      FROM changed c JOIN contacts_bulkchange b ON b.id = %(change)s
)
SELECT (SELECT count(*) FROM selected), (SELECT count(DISTINCT contact_id) FROM changed)
