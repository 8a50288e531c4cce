-- sheet_people: whose cells of a returned workbook can be written: unchanged since the comparison, and recognised after
-- in    sheet: bigint   contacts: bigint[], locked
-- out   id, in order
SELECT c.id
  FROM contacts_contact c
  JOIN contacts_editsheetrow r ON r.sheet_id = %(sheet)s AND r.contact_id = c.id AND r.version = c.updated_at
 CROSS JOIN LATERAL (
       SELECT bool_or(x.values ? 'phone') AS has_phone, max(x.values ->> 'phone') AS phone,
              bool_or(x.values ? 'email') AS has_email, max(x.values ->> 'email') AS email, count(*) AS cells
         FROM contacts_editsheetcell x
        WHERE x.sheet_id = %(sheet)s AND x.contact_id = c.id AND x.decision = 'take' AND x.refusal = '') t
 WHERE c.id = ANY(%(contacts)s::bigint[]) AND t.cells > 0
   AND (CASE WHEN t.has_phone THEN t.phone ELSE c.phone END IS NOT NULL
        OR CASE WHEN t.has_email THEN t.email ELSE c.email END IS NOT NULL
        OR EXISTS (SELECT 1 FROM contacts_contactidentity i WHERE i.contact_id = c.id AND i.deleted_at IS NULL))
 ORDER BY c.id
