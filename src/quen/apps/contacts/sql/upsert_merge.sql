-- upsert_merge: the values of the file for each matched contact; several rows of one contact are merged
-- in    pass: smallint   only: a further condition on m, which may name the bulk change: bigint
-- out   rows of upsert_merged: one per contact; for each group of columns the row that the policy prefers
WITH matched AS (
    SELECT m.row, m.contact_id, count(*) OVER (PARTITION BY m.contact_id) AS times
      FROM upsert_matched m
     WHERE m.pass = %(pass)s AND m.contact_id IS NOT NULL AND NOT m.ambiguous{only})
INSERT INTO upsert_merged (contact_id{names})
SELECT matched.contact_id{singles}
  FROM matched JOIN upsert_stage f ON f.row = matched.row
 WHERE matched.times = 1
 UNION ALL
SELECT matched.contact_id{merged}
  FROM matched JOIN upsert_stage f ON f.row = matched.row{more}
 WHERE matched.times > 1
 GROUP BY matched.contact_id
