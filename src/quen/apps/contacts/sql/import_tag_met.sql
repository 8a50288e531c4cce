-- import_tag_met: tags for people met; remembers which ones were new to them
-- in    turn: smallint   all_tags: bigint[]
-- out   rows of import_tagged
WITH added AS (
    INSERT INTO contacts_contacttag (contact_id, tag_id)
    SELECT DISTINCT m.contact_id, t.tag_id
      FROM import_met m
     CROSS JOIN LATERAL (SELECT x.tag_id FROM import_tag x WHERE x.row = m.row
                          UNION
                         SELECT unnest(%(all_tags)s::bigint[])) t
     WHERE m.turn = %(turn)s AND m.contact_id IS NOT NULL AND NOT m.two
    ON CONFLICT DO NOTHING
    RETURNING contact_id, tag_id)
INSERT INTO import_tagged (contact_id, tag_id) SELECT contact_id, tag_id FROM added
