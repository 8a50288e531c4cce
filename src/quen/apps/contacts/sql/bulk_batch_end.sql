-- bulk_batch_end: the last contact of the next batch of a stored selection
-- in    selection: id     size: rows of a batch
-- out   contact_id, NULL when the selection is empty    one row
-- uses  the primary key of contacts_bulkchangerow
SELECT max(contact_id)
  FROM (SELECT contact_id FROM contacts_bulkchangerow
         WHERE change_id = %(selection)s
         ORDER BY contact_id
         LIMIT %(size)s) b
