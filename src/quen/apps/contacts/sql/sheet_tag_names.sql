-- sheet_tag_names: the tags that taken cells of a returned workbook add
-- in    sheet: bigint   contacts: bigint[]
-- out   name
SELECT DISTINCT n.name
  FROM contacts_editsheetcell x
 CROSS JOIN LATERAL jsonb_array_elements_text(x.values -> 'tags') n (name)
 WHERE x.sheet_id = %(sheet)s AND x.contact_id = ANY(%(contacts)s::bigint[])
   AND x.decision = 'take' AND x.refusal = '' AND x.column = 'tags' AND x.kind <> 'cleared'
