-- upsert_changed: the matched contacts whose record the file would change, with their consent before the change
-- in    tagged, gains: SQL that joins the contacts that gain a tag, and is true for them, written into the statement
-- out   rows of upsert_changed, including contacts that only gain a tag
INSERT INTO upsert_changed (contact_id{names})
SELECT c.id{current}
  FROM upsert_merged f
  JOIN contacts_contact c ON c.id = f.contact_id{tagged}
 WHERE {differs}{gains}
