-- bulk_select: store the contacts that a job will change
-- in    contacts: contact_id     selection: id of the change that holds them
-- out   rows of contacts_bulkchangerow
INSERT INTO contacts_bulkchangerow (change_id, contact_id)
SELECT %(selection)s, c.id
  FROM contacts_contact c
 WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
