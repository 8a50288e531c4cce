-- import_tag_try: which tags would be new to the people met
-- in    turn: smallint   all_tags: bigint[]
-- out   rows of import_tagged
INSERT INTO import_tagged (contact_id, tag_id)
SELECT DISTINCT m.contact_id, t.tag_id
  FROM import_met m
 CROSS JOIN LATERAL (SELECT x.tag_id FROM import_tag x WHERE x.row = m.row
                      UNION
                     SELECT unnest(%(all_tags)s::bigint[])) t
 WHERE m.turn = %(turn)s AND m.contact_id > 0 AND NOT m.two
   AND NOT EXISTS (SELECT FROM contacts_contacttag ct WHERE ct.contact_id = m.contact_id AND ct.tag_id = t.tag_id)
