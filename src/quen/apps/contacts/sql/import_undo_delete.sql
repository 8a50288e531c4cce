-- import_undo_delete: deletes the contacts that an import created and nobody edited since
-- in    change: bigint   now: timestamptz
-- out   the ids of deleted contacts; contacts_contact and contacts_contactidentity are written
WITH deleted AS (
    UPDATE contacts_contact c
       SET deleted_at = %(now)s, updated_at = %(now)s
      FROM contacts_bulkchangerow r
     WHERE r.change_id = %(change)s AND r.before IS NULL AND c.id = r.contact_id AND c.deleted_at IS NULL
       AND c.orders_count = 0
       AND EXISTS (SELECT 1 FROM contacts_bulkchange g
                    WHERE g.id = %(change)s
                      AND g.data -> 'instants' ? to_char(c.updated_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'))
    RETURNING c.id),
identities AS (
    UPDATE contacts_contactidentity i SET deleted_at = %(now)s
      FROM deleted WHERE i.contact_id = deleted.id AND i.deleted_at IS NULL)
SELECT coalesce(array_agg(id), '{}') FROM deleted
