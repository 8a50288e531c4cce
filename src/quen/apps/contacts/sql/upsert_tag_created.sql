-- upsert_tag_created: adds the tags of their row and of every row to new contacts
-- in    pass: smallint   all_tags: bigint[]
-- out   nothing; contacts_contacttag is written
INSERT INTO contacts_contacttag (contact_id, tag_id)
SELECT created.contact_id, x.tag_id
  FROM upsert_created created
  JOIN upsert_row_tag x ON x.row = created.row
 WHERE created.pass = %(pass)s AND NOT x.tag_id = ANY(%(all_tags)s::bigint[])
 UNION ALL
SELECT created.contact_id, t.tag_id
  FROM upsert_created created
 CROSS JOIN unnest(%(all_tags)s::bigint[]) t (tag_id)
 WHERE created.pass = %(pass)s
