-- upsert_taken_values: rows whose value of a unique custom field another contact has
-- in    pass: smallint   key: text, the field's id
-- out   row
-- rides the expression index of the unique field: LIMIT 1 keeps each lookup an index probe
SELECT s.row
  FROM upsert_stage s
  JOIN upsert_matched m ON m.row = s.row
 CROSS JOIN LATERAL (
       SELECT 1 FROM contacts_contact c
        WHERE c.attrs ->> '{field}' = s.attrs::jsonb ->> %(key)s
          AND c.deleted_at IS NULL AND c.id IS DISTINCT FROM m.contact_id
        LIMIT 1) holder
 WHERE m.pass = %(pass)s AND s.pass = %(pass)s AND NOT m.ambiguous
