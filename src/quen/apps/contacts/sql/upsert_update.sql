-- upsert_update: updates the changed contacts with the values of the file
-- in    now: timestamptz   source_id: bigint or null
-- out   nothing; contacts_contact is written
UPDATE contacts_contact c
   SET {assignments},
       updated_at = %(now)s
  FROM upsert_merged f
  JOIN upsert_changed ch ON ch.contact_id = f.contact_id
 WHERE c.id = f.contact_id
