-- sheet_refuse_not_unique: refuses cells of a returned workbook whose unique value another contact has by now
-- in    sheet: bigint   contacts: bigint[]   key: text, as field_12
-- out   nothing; contacts_editsheetcell is written
-- rides the expression index of the unique field
UPDATE contacts_editsheetcell x
   SET refusal = 'value_not_unique'
 WHERE x.sheet_id = %(sheet)s AND x.contact_id = ANY(%(contacts)s::bigint[])
   AND x.decision = 'take' AND x.refusal = '' AND x.column = %(key)s
   AND EXISTS (SELECT 1 FROM contacts_contact o
                WHERE o.attrs ->> '{field}' = x.values ->> %(key)s AND o.deleted_at IS NULL AND o.id <> x.contact_id)
