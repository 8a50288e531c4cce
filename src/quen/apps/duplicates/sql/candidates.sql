-- candidates: who shares a key with some contacts                                             apps/duplicates/sql
-- in    ids: bigint[], contacts with keys    most: contacts under one key above which it says nothing
-- out   first_id, second_id, each pair once
WITH mine AS MATERIALIZED (
    SELECT key, contact_id FROM duplicates_matchkey WHERE contact_id = ANY(%(ids)s::bigint[])
), telling AS MATERIALIZED (
    SELECT k.key FROM duplicates_matchkey k JOIN (SELECT DISTINCT key FROM mine) m ON m.key = k.key
     GROUP BY k.key HAVING count(*) BETWEEN 2 AND %(most)s
)
SELECT DISTINCT least(mine.contact_id, k.contact_id), greatest(mine.contact_id, k.contact_id)
  FROM mine JOIN telling ON telling.key = mine.key JOIN duplicates_matchkey k ON k.key = mine.key
 WHERE k.contact_id <> mine.contact_id
 ORDER BY 1, 2
