-- upsert_tag_created: adds the tags of their row and of every row to new contacts
-- in    pass: smallint   all_tags: bigint[]
-- out   nothing; contacts_contacttag is written
INSERT INTO contacts_contacttag (contact_id, tag_id)
SELECT created.contact_id, t.tag_id
  FROM upsert_created created
 CROSS JOIN LATERAL (SELECT x.tag_id FROM upsert_row_tag x WHERE x.row = created.row
                      UNION
                     SELECT unnest(%(all_tags)s::bigint[])) t
 WHERE created.pass = %(pass)s
