-- upsert_mark_complete: clears the incomplete mark of changed contacts that now have all required fields
-- in    nothing
-- out   nothing; contacts_contact.incomplete is written
UPDATE contacts_contact c
   SET incomplete = false
  FROM upsert_changed ch
 WHERE c.id = ch.contact_id AND c.incomplete AND {complete}
