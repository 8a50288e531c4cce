-- import_undo_restore: restores the previous values of contacts that an import updated and nobody edited since
-- in    change: bigint   now: timestamptz
-- out   contact_id of each restored contact; an opt-out that came with the import is kept (R-16)
UPDATE contacts_contact c
   SET {assignments}, updated_at = %(now)s
  FROM contacts_bulkchangerow r
 CROSS JOIN LATERAL jsonb_populate_record(NULL::contacts_contact, r.before) b
 WHERE r.change_id = %(change)s AND r.before IS NOT NULL AND c.id = r.contact_id AND c.deleted_at IS NULL
   AND c.orders_count = coalesce((r.before ->> 'orders_count')::int, 0)
   AND EXISTS (SELECT 1 FROM contacts_bulkchange g
                WHERE g.id = %(change)s
                  AND g.data -> 'instants' ? to_char(c.updated_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'))
   {identifiers_free}
RETURNING c.id
