-- undo_status_lock: locks the contacts of a change in key order
-- in    change: id
-- out   their number
SELECT count(*)
  FROM (SELECT c.id
          FROM contacts_contact c
         WHERE c.id IN (SELECT contact_id FROM contacts_bulkchangerow WHERE change_id = %(change)s)
         ORDER BY c.id
           FOR UPDATE) locked
