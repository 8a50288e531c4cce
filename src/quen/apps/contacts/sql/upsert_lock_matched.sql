-- upsert_lock_matched: locks the matched contacts of a pass, in key order so that two writers cannot deadlock
-- in    pass: smallint
-- out   the ids
SELECT id
  FROM contacts_contact
 WHERE id IN (SELECT contact_id FROM upsert_matched WHERE pass = %(pass)s AND NOT ambiguous)
 ORDER BY id
   FOR NO KEY UPDATE
