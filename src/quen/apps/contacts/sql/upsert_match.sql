-- upsert_match: the contact that each staged row of a pass matches
-- in    pass: smallint
-- out   rows of upsert_matched: contact_id of the match or null; ambiguous when a row matches two contacts
-- rides contact_phone_unique, contact_email_unique, identity_unique: LIMIT 1 keeps each lookup an index probe
INSERT INTO upsert_matched (row, pass, contact_id, ambiguous, by_phone)
SELECT s.row,
       s.pass,
       coalesce(i.first_id, p.id, e.id),
       coalesce(i.first_id <> i.last_id OR i.first_id <> p.id OR i.first_id <> e.id OR p.id <> e.id, false),
       p.id IS NOT NULL
  FROM upsert_stage s
  LEFT JOIN LATERAL (
       SELECT c.id FROM contacts_contact c WHERE c.phone = s.phone AND c.deleted_at IS NULL
        LIMIT 1) p ON true
  LEFT JOIN LATERAL (
       SELECT c.id FROM contacts_contact c WHERE c.email = s.email AND c.deleted_at IS NULL
        LIMIT 1) e ON true
  LEFT JOIN (
       SELECT x.row, min(h.contact_id) AS first_id, max(h.contact_id) AS last_id
         FROM upsert_row_identity x
        CROSS JOIN LATERAL (
              SELECT ci.contact_id FROM contacts_contactidentity ci
               WHERE ci.system = x.system AND ci.external_id = x.external_id AND ci.deleted_at IS NULL
               LIMIT 1) h
        GROUP BY x.row) i ON i.row = s.row
 WHERE s.pass = %(pass)s
