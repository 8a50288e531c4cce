-- upsert_refused: the contacts to whom an update recorded a refusal, with the first row that refuses
-- in    pass: smallint   change: bigint or null
--       own, created: SQL that is true for a contact of the same import, and what it joins, written into the statement
-- out   contact_id, row, own: whether the same import created the contact
SELECT x.contact_id, min(m.row), {own}
  FROM upsert_changed x
  JOIN contacts_contact c ON c.id = x.contact_id
  JOIN upsert_matched m ON m.contact_id = x.contact_id AND m.pass = %(pass)s AND NOT m.ambiguous
  JOIN upsert_stage s ON s.row = m.row{created}
 WHERE ({refuses}) AND ({refused})
 GROUP BY x.contact_id
