-- remember_erased: keeps the hashes of the identifiers of contacts about to be erased           apps/contacts/sql
-- in    contacts: contact_id      outer, inner: bytea, the paddings of the key (rules.erasure)      now
-- out   rows of contacts_erasedidentifier; identifiers that another contact has by now are left out
WITH forgotten AS MATERIALIZED (
    SELECT DISTINCT sha256(%(outer)s::bytea || sha256(%(inner)s::bytea || convert_to(i.kind || ':' || i.value, 'UTF8'))) AS digest
      FROM (SELECT c.id AS contact_id, 'phone' AS kind, c.phone AS value
              FROM contacts_contact c JOIN {contacts} p ON p.contact_id = c.id WHERE c.phone IS NOT NULL
             UNION ALL
            SELECT c.id, 'email', c.email
              FROM contacts_contact c JOIN {contacts} p ON p.contact_id = c.id WHERE c.email IS NOT NULL
             UNION ALL
            SELECT x.contact_id, x.system, x.external_id
              FROM contacts_contactidentity x JOIN {contacts} p ON p.contact_id = x.contact_id) i
      LEFT JOIN contacts_contact by_phone
        ON i.kind = 'phone' AND by_phone.phone = i.value AND by_phone.id <> i.contact_id AND by_phone.deleted_at IS NULL
      LEFT JOIN contacts_contact by_email
        ON i.kind = 'email' AND by_email.email = i.value AND by_email.id <> i.contact_id AND by_email.deleted_at IS NULL
      LEFT JOIN contacts_contactidentity other
        ON other.system = i.kind AND other.external_id = i.value AND other.contact_id <> i.contact_id
       AND other.deleted_at IS NULL
     WHERE by_phone.id IS NULL AND by_email.id IS NULL AND other.id IS NULL
)
INSERT INTO contacts_erasedidentifier (digest, at)
SELECT digest, %(now)s::timestamptz FROM forgotten
ON CONFLICT DO NOTHING
