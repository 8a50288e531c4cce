-- import_tag_made: tags of new people: those of their row and those of the whole import
-- in    turn: smallint   all_tags: bigint[]
-- out   nothing; contacts_contacttag is written
INSERT INTO contacts_contacttag (contact_id, tag_id)
SELECT made.contact_id, t.tag_id
  FROM import_made made
 CROSS JOIN LATERAL (SELECT x.tag_id FROM import_tag x WHERE x.row = made.row
                      UNION
                     SELECT unnest(%(all_tags)s::bigint[])) t
 WHERE made.turn = %(turn)s
