-- upsert_tag_matched: adds tags to matched contacts and records which ones were new to them
-- in    pass: smallint   all_tags: bigint[]
-- out   rows of upsert_added_tag
WITH added AS (
    INSERT INTO contacts_contacttag (contact_id, tag_id)
    SELECT m.contact_id, x.tag_id
      FROM upsert_matched m
      JOIN upsert_row_tag x ON x.row = m.row
     WHERE m.pass = %(pass)s AND m.contact_id IS NOT NULL AND NOT m.ambiguous
     UNION
    SELECT m.contact_id, t.tag_id
      FROM upsert_matched m
     CROSS JOIN unnest(%(all_tags)s::bigint[]) t (tag_id)
     WHERE m.pass = %(pass)s AND m.contact_id IS NOT NULL AND NOT m.ambiguous
    ON CONFLICT DO NOTHING
    RETURNING contact_id, tag_id)
INSERT INTO upsert_added_tag (contact_id, tag_id) SELECT contact_id, tag_id FROM added
