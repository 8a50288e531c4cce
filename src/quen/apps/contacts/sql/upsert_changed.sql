-- upsert_changed: the matched contacts whose record the file would change, with their consent before the change
-- in    nothing
-- out   rows of upsert_changed, including contacts that only gain a tag
INSERT INTO upsert_changed (contact_id{names})
SELECT c.id{current}
  FROM upsert_merged f
  JOIN contacts_contact c ON c.id = f.contact_id
  LEFT JOIN (SELECT DISTINCT contact_id FROM upsert_added_tag) t ON t.contact_id = c.id
 WHERE {differs}
    OR t.contact_id IS NOT NULL
