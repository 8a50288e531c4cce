-- merge_tags_given_back: of merged contacts, a tag that becomes another one which the kept contact has as well
-- in    tag, into: ids of the tags
-- out   rows of contacts_mergemove; undo of the merge gives the other tag to the contact that returns, and both have it
WITH given_back AS MATERIALIZED (
    SELECT v.merge_id, v."table",
           jsonb_build_array(jsonb_build_object('contact_id', g.merged_id, 'tag_id', %(into)s::bigint)) AS rows
      FROM contacts_mergemove v
      JOIN contacts_merge g ON g.id = v.merge_id AND g.undone_at IS NULL
     WHERE v."table" = 'contacts_contacttag' AND v.kind = 'moved'
       AND v.rows @> jsonb_build_array(jsonb_build_array(%(tag)s::bigint))
       AND EXISTS (SELECT 1 FROM contacts_contacttag ct WHERE ct.contact_id = g.kept_id AND ct.tag_id = %(into)s)
)
INSERT INTO contacts_mergemove (merge_id, "table", kind, rows)
SELECT merge_id, "table", 'deleted', rows FROM given_back
