-- bulk_batch: the next contacts of a change, or of a stored selection
-- in    change: id     last: contact_id before them     size: rows of a batch
-- out   contact_id, in order
-- uses  the primary key of contacts_bulkchangerow
SELECT contact_id
  FROM contacts_bulkchangerow
 WHERE change_id = %(change)s AND contact_id > %(last)s
 ORDER BY contact_id
 LIMIT %(size)s
