-- fix_export_rows: which rows an export has and in which order, in parts
-- in    rows: row_id; table and order: of the rows, as c; export; size: of a part
-- out   one part per row
INSERT INTO import_export_exportpart (export_id, position, ids)
SELECT %(export)s, placed.part, array_agg(placed.id ORDER BY placed.place)
  FROM (SELECT c.id, row_number() OVER w AS place, ((row_number() OVER w - 1) / %(size)s)::int AS part
          FROM {table} c
         WHERE c.id IN (SELECT row_id FROM {rows} p)
        WINDOW w AS (ORDER BY {order}, c.id)) AS placed
 GROUP BY placed.part
