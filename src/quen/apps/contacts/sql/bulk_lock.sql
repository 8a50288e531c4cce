-- bulk_lock: locks contacts in key order, so that two changes cannot deadlock
-- in    contacts: contact_id
-- out   the ids of those that are not deleted
SELECT c.id
  FROM contacts_contact c
 WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
 ORDER BY c.id
   FOR UPDATE
