-- restore_deleted: restore deleted contacts, not merged ones, whose phone and email are still free; of several with one, the first
-- in    contacts: contact_id     since: timestamptz, only those deleted at it or later; NULL for all
-- out   deleted contacts found, ids of those restored   one row
WITH selected AS MATERIALIZED (
    SELECT c.id, c.email, c.phone,
           row_number() OVER (PARTITION BY c.email ORDER BY c.id) AS email_rank,
           row_number() OVER (PARTITION BY c.phone ORDER BY c.id) AS phone_rank
      FROM contacts_contact c
     WHERE c.deleted_at IS NOT NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
       AND NOT EXISTS (SELECT 1 FROM contacts_merge g WHERE g.merged_id = c.id AND g.undone_at IS NULL)
       AND (%(since)s::timestamptz IS NULL OR c.deleted_at >= %(since)s)
), restorable AS (
    SELECT m.id FROM selected m
      LEFT JOIN contacts_contact email_owner ON email_owner.email = m.email AND email_owner.deleted_at IS NULL
      LEFT JOIN contacts_contact phone_owner ON phone_owner.phone = m.phone AND phone_owner.deleted_at IS NULL
     WHERE email_owner.id IS NULL AND phone_owner.id IS NULL
       AND (m.email IS NULL OR m.email_rank = 1) AND (m.phone IS NULL OR m.phone_rank = 1)
), restored AS (
    UPDATE contacts_contact c SET deleted_at = NULL FROM restorable WHERE c.id = restorable.id RETURNING c.id
), identities AS (
    UPDATE contacts_contactidentity i SET deleted_at = NULL
      FROM restorable WHERE i.contact_id = restorable.id AND NOT EXISTS (
        SELECT 1 FROM contacts_contactidentity o
         WHERE o.system = i.system AND o.external_id = i.external_id AND o.deleted_at IS NULL)
)
SELECT (SELECT count(*) FROM selected), (SELECT coalesce(array_agg(id), '{}') FROM restored)
