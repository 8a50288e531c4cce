-- upsert_tag_matched: adds tags to matched contacts and records which ones were new to them
-- in    pass: smallint   all_tags: bigint[]
-- out   rows of upsert_added_tag
WITH added AS (
    INSERT INTO contacts_contacttag (contact_id, tag_id)
    SELECT DISTINCT m.contact_id, t.tag_id
      FROM upsert_matched m
     CROSS JOIN LATERAL (SELECT x.tag_id FROM upsert_row_tag x WHERE x.row = m.row
                          UNION
                         SELECT unnest(%(all_tags)s::bigint[])) t
     WHERE m.pass = %(pass)s AND m.contact_id IS NOT NULL AND NOT m.ambiguous
    ON CONFLICT DO NOTHING
    RETURNING contact_id, tag_id)
INSERT INTO upsert_added_tag (contact_id, tag_id) SELECT contact_id, tag_id FROM added
