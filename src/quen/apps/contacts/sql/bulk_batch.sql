-- bulk_batch: the next contacts of a stored selection
-- in    selection: id     size: rows of a batch
-- out   contact_id, in order
-- uses  the primary key of contacts_bulkchangerow
SELECT contact_id
  FROM contacts_bulkchangerow
 WHERE change_id = %(selection)s
 ORDER BY contact_id
 LIMIT %(size)s
