-- apply_totals: write totals of contacts
-- in    totals: contact_id and the columns to write     columns, current, given: SQL, their names, bare, of c and of t
-- out   contact_id                                      of the contacts changed
UPDATE contacts_contact c
   SET ({columns}) = ROW ({given})
  FROM {totals} t
 WHERE c.id = t.contact_id AND ROW ({current}) IS DISTINCT FROM ROW ({given})
RETURNING c.id
