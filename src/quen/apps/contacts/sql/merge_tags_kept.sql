-- merge_tags_kept: let what undo of merges of contacts keeps of a tag name the tag that it was merged into
-- in    tag, into: ids of the tags
-- out   rows of contacts_mergemove
UPDATE contacts_mergemove v
   SET rows = (SELECT coalesce(jsonb_agg(
                   CASE jsonb_typeof(x) WHEN 'object' THEN jsonb_set(x, ARRAY['tag_id'], to_jsonb(%(into)s::bigint))
                                        ELSE jsonb_build_array(%(into)s::bigint) END)
                   FILTER (WHERE v.kind <> 'moved' OR NOT given.back), '[]')
                 FROM jsonb_array_elements(v.rows) x
                WHERE x = to_jsonb(ARRAY[%(tag)s::bigint]) OR (x -> 'tag_id')::bigint = %(tag)s)
            || (SELECT coalesce(jsonb_agg(x), '[]') FROM jsonb_array_elements(v.rows) x
                 WHERE x <> to_jsonb(ARRAY[%(tag)s::bigint]) AND (x -> 'tag_id')::bigint IS DISTINCT FROM %(tag)s)
  FROM (SELECT m.merge_id, m.kind,
               EXISTS (SELECT 1 FROM contacts_merge g JOIN contacts_contacttag ct ON ct.contact_id = g.kept_id
                        WHERE g.id = m.merge_id AND ct.tag_id = %(into)s) AS back
          FROM contacts_mergemove m WHERE m."table" = 'contacts_contacttag') given
 WHERE v."table" = 'contacts_contacttag' AND given.merge_id = v.merge_id AND given.kind = v.kind
   AND (v.rows @> jsonb_build_array(jsonb_build_array(%(tag)s::bigint))
        OR v.rows @> jsonb_build_array(jsonb_build_object('tag_id', %(tag)s::bigint)))
