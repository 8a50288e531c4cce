-- import_undo_preview: what undoing an import would do
-- in    change: bigint
-- out   removed, restored, kept: numbers of contacts; kept are those edited since
SELECT count(*) FILTER (WHERE same AND r_before IS NULL)::int,
       count(*) FILTER (WHERE same AND r_before IS NOT NULL)::int,
       count(*) FILTER (WHERE NOT same)::int
  FROM (SELECT r.before AS r_before,
               c.orders_count = coalesce((r.before ->> 'orders_count')::int, 0)
               AND EXISTS (SELECT 1 FROM contacts_bulkchange g
                            WHERE g.id = %(change)s
                              AND g.data -> 'instants' ? to_char(c.updated_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS')) AS same
          FROM contacts_bulkchangerow r
          JOIN contacts_contact c ON c.id = r.contact_id AND c.deleted_at IS NULL
         WHERE r.change_id = %(change)s) checked
