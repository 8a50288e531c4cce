-- upsert_warn_ignored: rows that end what a contact agreed to, which stands because existing contacts are not overwritten
-- in    pass: smallint   ended: a condition on status and consents of the row and the contact
-- out   row
SELECT m.row
  FROM upsert_matched m
  JOIN upsert_stage s ON s.row = m.row
  JOIN contacts_contact c ON c.id = m.contact_id
 WHERE m.pass = %(pass)s AND NOT m.ambiguous
   AND ({ended})
 ORDER BY m.row
