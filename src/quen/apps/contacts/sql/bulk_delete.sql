-- bulk_delete: delete contacts, so that they can be restored
-- in    contacts: contact_id     change: id     now: timestamptz
-- out   contacts deleted                                one row; a row of contacts_bulkchangerow per contact deleted
WITH deleted AS (
    UPDATE contacts_contact c SET deleted_at = %(now)s
     WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
    RETURNING c.id
), identities AS (
    UPDATE contacts_contactidentity i SET deleted_at = %(now)s
      FROM deleted WHERE i.contact_id = deleted.id AND i.deleted_at IS NULL
), change_rows AS (
    INSERT INTO contacts_bulkchangerow (change_id, contact_id)
    SELECT b.id, d.id FROM deleted d JOIN contacts_bulkchange b ON b.id = %(change)s RETURNING 1
)
SELECT count(*) FROM change_rows
