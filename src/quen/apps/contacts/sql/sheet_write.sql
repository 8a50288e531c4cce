-- sheet_write: writes the taken cells of a returned workbook to their contacts
-- in    sheet: bigint   contacts: bigint[]   prefix: text, of the keys of custom values   now: timestamptz
-- out   nothing; contacts_contact is written
WITH taken AS MATERIALIZED (
    SELECT x.contact_id, jsonb_object_agg(v.key, v.value ORDER BY x.place) AS vals,
           coalesce(jsonb_object_agg(substr(v.key, length(%(prefix)s::text) + 1), v.value)
                    FILTER (WHERE starts_with(v.key, %(prefix)s)), '{}') AS custom
      FROM contacts_editsheetcell x
     CROSS JOIN LATERAL jsonb_each(x.values) v
     WHERE x.sheet_id = %(sheet)s AND x.contact_id = ANY(%(contacts)s::bigint[])
       AND x.decision = 'take' AND x.refusal = ''
     GROUP BY x.contact_id
)
UPDATE contacts_contact c
   SET {assignments},
       attrs = jsonb_strip_nulls(c.attrs || t.custom),
       updated_at = %(now)s
  FROM taken t
 CROSS JOIN LATERAL jsonb_populate_record(NULL::contacts_contact, t.vals) b
 WHERE c.id = t.contact_id
