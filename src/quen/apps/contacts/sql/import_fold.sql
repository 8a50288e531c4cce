-- import_fold: what the file says of each person met, several rows of one person made into one
-- in    turn: smallint
-- out   rows of import_fold: one a person; for each group of columns the row that the policy prefers
WITH met AS (
    SELECT m.row, m.contact_id, count(*) OVER (PARTITION BY m.contact_id) AS times
      FROM import_met m
     WHERE m.turn = %(turn)s AND m.contact_id IS NOT NULL AND NOT m.two)
INSERT INTO import_fold (contact_id{names})
SELECT met.contact_id{singles}
  FROM met JOIN import_stage f ON f.row = met.row
 WHERE met.times = 1
 UNION ALL
SELECT met.contact_id{folded}
  FROM met JOIN import_stage f ON f.row = met.row{more}
 WHERE met.times > 1
 GROUP BY met.contact_id
