-- upsert_create: creates the contacts of upsert_created
-- in    pass: smallint   now: timestamptz   source_id: bigint or null
-- out   nothing; contacts_contact is written. A phone or email that another writer has inserted since the match
--       fails the transaction; the caller writes the batch again and matches the other writer's contact
INSERT INTO contacts_contact (id, {columns})
SELECT x.contact_id, {values}
  FROM upsert_created x
  JOIN upsert_stage s ON s.row = x.row
 WHERE x.pass = %(pass)s
 ORDER BY x.contact_id
