-- undo_status_lock: locks contacts in key order
-- in    batch: bigint[]
-- out   their number
SELECT count(*)
  FROM (SELECT c.id
          FROM contacts_contact c
         WHERE c.id = ANY(%(batch)s::bigint[])
         ORDER BY c.id
           FOR UPDATE) locked
