-- undone_members: what undo_members is about to do
-- in    change: id
-- out   group_id, contact_id, removed: whether the change had taken the contact out
SELECT m.group_id, m.contact_id, m.removed
  FROM groups_memberchange m
  JOIN groups_contactgroup g ON g.id = m.group_id AND g.deleted_at IS NULL
  JOIN contacts_contact c ON c.id = m.contact_id
  LEFT JOIN groups_groupmember x ON x.group_id = m.group_id AND x.contact_id = m.contact_id
 WHERE m.change_id = %(change)s
   AND CASE WHEN m.removed THEN x.contact_id IS NULL ELSE x.joined_at = m.joined_at END
