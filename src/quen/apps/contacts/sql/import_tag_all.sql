-- import_tag_all: the tags of the whole import for new people, when rows bring none of their own
-- in    turn: smallint   all_tags: bigint[]
-- out   nothing; contacts_contacttag is written
INSERT INTO contacts_contacttag (contact_id, tag_id)
SELECT made.contact_id, t.tag_id
  FROM import_made made
 CROSS JOIN unnest(%(all_tags)s::bigint[]) t (tag_id)
 WHERE made.turn = %(turn)s
