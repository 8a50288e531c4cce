-- addresses_to_suppress: the addresses of contacts, except those that another contact still has
-- in    contacts: contact_id     address: a column of contacts_contact, written into the statement
-- out   address
SELECT DISTINCT c.{address}
  FROM contacts_contact c
  JOIN {contacts} p ON p.contact_id = c.id
 WHERE c.{address} <> '' AND NOT EXISTS (
       SELECT 1 FROM contacts_contact other
        WHERE other.{address} = c.{address} AND other.deleted_at IS NULL
          AND other.id NOT IN (SELECT contact_id FROM {contacts} gone))
