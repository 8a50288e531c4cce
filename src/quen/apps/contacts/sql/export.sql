-- export: the contacts to export, in the order of the file
-- in    contacts: contact_id
-- out   contact_id                                      of contacts not deleted
SELECT c.id
  FROM contacts_contact c
 WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
 ORDER BY c.id
