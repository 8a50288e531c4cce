-- upsert_tag_dry_run: the tags that would be new to matched contacts
-- in    pass: smallint   all_tags: bigint[]
-- out   rows of upsert_added_tag
INSERT INTO upsert_added_tag (contact_id, tag_id)
SELECT DISTINCT m.contact_id, t.tag_id
  FROM upsert_matched m
 CROSS JOIN LATERAL (SELECT x.tag_id FROM upsert_row_tag x WHERE x.row = m.row
                      UNION
                     SELECT unnest(%(all_tags)s::bigint[])) t
 WHERE m.pass = %(pass)s AND m.contact_id > 0 AND NOT m.ambiguous
   AND NOT EXISTS (SELECT FROM contacts_contacttag ct WHERE ct.contact_id = m.contact_id AND ct.tag_id = t.tag_id)
