-- import_record_batch: records when a batch was written, by which undo recognises contacts edited since, and its size
-- in    change: bigint   instant: text   count: int
-- out   nothing; contacts_bulkchange is written
UPDATE contacts_bulkchange
   SET data = jsonb_set(data, '{instants}', coalesce(data -> 'instants', '[]') || to_jsonb(%(instant)s::text)),
       count = count + %(count)s
 WHERE id = %(change)s
