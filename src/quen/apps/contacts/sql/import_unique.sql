-- import_unique: values of a unique custom field that somebody else has, or an earlier row brings, are left out
-- in    turn: smallint   key: text, the field's id
-- out   row of each value left out
-- rides the expression index of the unique field
UPDATE import_stage s
   SET attrs = nullif((s.attrs::jsonb - %(key)s)::text, '{{}}')
  FROM import_met m
 WHERE m.row = s.row AND m.turn = %(turn)s AND s.turn = %(turn)s AND NOT m.two
   AND s.attrs::jsonb ->> %(key)s IS NOT NULL
   AND (EXISTS (SELECT FROM contacts_contact c
                 WHERE c.attrs ->> '{field}' = s.attrs::jsonb ->> %(key)s
                   AND c.deleted_at IS NULL AND c.id IS DISTINCT FROM m.contact_id)
        OR EXISTS (SELECT FROM import_stage e
                     JOIN import_met em ON em.row = e.row
                    WHERE e.row < s.row AND NOT em.two AND e.attrs::jsonb ->> %(key)s = s.attrs::jsonb ->> %(key)s
                      AND (em.contact_id IS NULL OR em.contact_id IS DISTINCT FROM m.contact_id)))
RETURNING s.row
