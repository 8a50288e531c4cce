-- import_mark_complete: changed people who have now what the workspace asks for
-- in    nothing
-- out   nothing; contacts_contact.incomplete is written
UPDATE contacts_contact c
   SET incomplete = false
  FROM import_changed ch
 WHERE c.id = ch.contact_id AND c.incomplete AND {complete}
