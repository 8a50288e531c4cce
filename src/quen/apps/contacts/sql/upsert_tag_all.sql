-- upsert_tag_all: adds the tags of every row to new contacts, when rows have no tags of their own
-- in    pass: smallint   all_tags: bigint[]
-- out   nothing; contacts_contacttag is written
INSERT INTO contacts_contacttag (contact_id, tag_id)
SELECT created.contact_id, t.tag_id
  FROM upsert_created created
 CROSS JOIN unnest(%(all_tags)s::bigint[]) t (tag_id)
 WHERE created.pass = %(pass)s
