-- sheet_refuse_taken: refuses cells of a returned workbook whose phone or email another contact has by now
-- in    sheet: bigint   contacts: bigint[]
-- out   nothing; contacts_editsheetcell is written
-- rides the unique indexes of phone, email and identities: a probe for each cell
UPDATE contacts_editsheetcell x
   SET refusal = 'in_use', params = '{"existing": ""}'
 WHERE x.sheet_id = %(sheet)s AND x.contact_id = ANY(%(contacts)s::bigint[])
   AND x.decision = 'take' AND x.refusal = '' AND x.column IN ('phone', 'email')
   AND (EXISTS (SELECT 1 FROM contacts_contact o
                 WHERE o.phone = x.values ->> 'phone' AND o.deleted_at IS NULL AND o.id <> x.contact_id)
        OR EXISTS (SELECT 1 FROM contacts_contact o
                    WHERE o.email = x.values ->> 'email' AND o.deleted_at IS NULL AND o.id <> x.contact_id)
        OR EXISTS (SELECT 1 FROM contacts_contactidentity i
                    WHERE i.system = x.column AND i.external_id = x.values ->> x.column AND i.deleted_at IS NULL))
