-- sheet_changed_fields: which fields of each person a returned workbook changed, for the timeline; tags are told apart
-- in    sheet: bigint   contacts: bigint[]
-- out   contact_id, names of fields
SELECT x.contact_id, array_agg(CASE x.column WHEN 'birth' THEN 'birth_on' ELSE x.column END ORDER BY x.place)
  FROM contacts_editsheetcell x
 WHERE x.sheet_id = %(sheet)s AND x.contact_id = ANY(%(contacts)s::bigint[])
   AND x.decision = 'take' AND x.refusal = '' AND x.column <> 'tags'
 GROUP BY x.contact_id
