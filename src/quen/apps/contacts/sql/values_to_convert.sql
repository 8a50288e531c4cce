-- values_to_convert: the next values of a custom field, deleted contacts included
-- in    key: id of the field as text     last: contact id before them     size: rows of a batch
--       undone: id of the change whose former values are taken where its own still stand, or null
-- out   contact id, value, former value or null; in order, locked
SELECT c.id, c.attrs -> %(key)s,
       (SELECT r.before -> 'value' FROM contacts_bulkchangerow r
         WHERE r.change_id = %(undone)s AND r.contact_id = c.id AND r.before -> 'to' = c.attrs -> %(key)s)
  FROM contacts_contact c
 WHERE c.attrs ? %(key)s AND c.id > %(last)s
 ORDER BY c.id
 LIMIT %(size)s
   FOR UPDATE OF c
