-- upsert_undo_created: records new contacts for undo
-- in    pass: smallint   change: bigint
-- out   rows of contacts_bulkchangerow without previous values
INSERT INTO contacts_bulkchangerow (change_id, contact_id)
SELECT %(change)s, contact_id
  FROM upsert_created
 WHERE pass = %(pass)s
