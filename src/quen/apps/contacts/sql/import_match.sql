-- import_match: whom each staged row of a turn meets
-- in    turn: smallint
-- out   rows of import_met: contact_id of the person met, null for nobody; two when a row hits two people
-- rides contact_phone_once, contact_email_once, identity_once: the LIMIT keeps each look-up an index probe
INSERT INTO import_met (row, turn, contact_id, two, by_phone)
SELECT s.row,
       s.turn,
       coalesce(i.low, p.id, e.id),
       coalesce(i.low <> i.high OR i.low <> p.id OR i.low <> e.id OR p.id <> e.id, false),
       p.id IS NOT NULL
  FROM import_stage s
  LEFT JOIN LATERAL (
       SELECT c.id FROM contacts_contact c WHERE c.phone = s.phone AND c.deleted_at IS NULL{tried_phone}
        LIMIT 1) p ON true
  LEFT JOIN LATERAL (
       SELECT c.id FROM contacts_contact c WHERE c.email = s.email AND c.deleted_at IS NULL{tried_email}
        LIMIT 1) e ON true
  LEFT JOIN (
       SELECT x.row, min(h.contact_id) AS low, max(h.contact_id) AS high
         FROM import_identity x
        CROSS JOIN LATERAL (
              SELECT ci.contact_id FROM contacts_contactidentity ci
               WHERE ci.system = x.system AND ci.external_id = x.external_id AND ci.deleted_at IS NULL{tried_identity}
               LIMIT 1) h
        GROUP BY x.row) i ON i.row = s.row
 WHERE s.turn = %(turn)s
