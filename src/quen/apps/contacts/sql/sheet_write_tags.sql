-- sheet_write_tags: adds the tags of taken cells, and removes all of those that a cell clears
-- in    sheet, change: bigint   contacts: bigint[]   names: text[], ids: bigint[], the tags by name
-- out   contact_id, is_added, names of tags; what undo needs is added to the rows of contacts_bulkchangerow
WITH cells AS MATERIALIZED (
    SELECT x.contact_id, x.kind, CASE WHEN x.kind <> 'cleared' THEN x.values -> 'tags' ELSE '[]' END AS tags
      FROM contacts_editsheetcell x
     WHERE x.sheet_id = %(sheet)s AND x.contact_id = ANY(%(contacts)s::bigint[])
       AND x.decision = 'take' AND x.refusal = '' AND x.column = 'tags'
), added AS (
    INSERT INTO contacts_contacttag (contact_id, tag_id)
    SELECT DISTINCT c.contact_id, t.id
      FROM cells c
     CROSS JOIN LATERAL jsonb_array_elements_text(c.tags) n (name)
      JOIN unnest(%(names)s::text[], %(ids)s::bigint[]) k (name, id) ON k.name = n.name
      JOIN contacts_tag t ON t.id = k.id
    ON CONFLICT DO NOTHING
    RETURNING contact_id, tag_id
), removed AS (
    DELETE FROM contacts_contacttag ct
     USING cells c
     WHERE ct.contact_id = c.contact_id AND c.kind = 'cleared'
    RETURNING ct.contact_id, ct.tag_id
), changes AS MATERIALIZED (
    SELECT contact_id, tag_id, true AS is_added FROM added
    UNION ALL SELECT contact_id, tag_id, false FROM removed
), described AS MATERIALIZED (
    SELECT contact_id, jsonb_build_object(
               'added', coalesce(jsonb_agg(tag_id) FILTER (WHERE is_added), '[]'),
               'removed', coalesce(jsonb_agg(tag_id) FILTER (WHERE NOT is_added), '[]')) AS tags
      FROM changes GROUP BY contact_id
), kept AS (
    UPDATE contacts_bulkchangerow r
       SET tags = d.tags
      FROM described d
     WHERE r.change_id = %(change)s AND r.contact_id = d.contact_id
)
SELECT ch.contact_id, ch.is_added, array_agg(t.name ORDER BY t.name)
  FROM changes ch
  JOIN contacts_tag t ON t.id = ch.tag_id
 GROUP BY ch.contact_id, ch.is_added
