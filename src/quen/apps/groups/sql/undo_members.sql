-- undo_members: take out those whom a change put into groups, and put back those it took out, with when they had joined
-- in    change: id
-- out   rows of groups_groupmember
-- Who was taken out and put in again since has another instant of joining, and stays.
WITH changed AS MATERIALIZED (
    SELECT m.group_id, m.contact_id, m.joined_at, m.removed
      FROM groups_memberchange m
      JOIN groups_contactgroup g ON g.id = m.group_id AND g.deleted_at IS NULL
      JOIN contacts_contact c ON c.id = m.contact_id
     WHERE m.change_id = %(change)s
), taken_out AS (
    DELETE FROM groups_groupmember x USING changed m
     WHERE NOT m.removed AND x.group_id = m.group_id AND x.contact_id = m.contact_id AND x.joined_at = m.joined_at
)
INSERT INTO groups_groupmember (group_id, contact_id, joined_at)
SELECT group_id, contact_id, joined_at FROM changed WHERE removed
ON CONFLICT DO NOTHING
