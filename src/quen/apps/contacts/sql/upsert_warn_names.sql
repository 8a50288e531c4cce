-- upsert_warn_names: rows whose phone belongs to a contact with another full name
-- in    pass: smallint
-- out   row, full name of the row, full name of the contact
SELECT m.row, s.full_name, c.full_name
  FROM upsert_matched m
  JOIN upsert_stage s ON s.row = m.row
  JOIN contacts_contact c ON c.id = m.contact_id
 WHERE m.pass = %(pass)s AND m.by_phone AND NOT m.ambiguous
   AND s.full_name <> '' AND c.full_name <> '' AND s.full_name <> c.full_name
 ORDER BY m.row
