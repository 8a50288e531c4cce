-- upsert_new_keys: the keys of new contacts, for the rows of a pass that match nobody
-- in    pass: smallint
-- out   rows of upsert_created; a later row has a higher key
INSERT INTO upsert_created (row, pass, contact_id)
SELECT unmatched.row, %(pass)s, nextval((SELECT pg_get_serial_sequence('contacts_contact', 'id')::regclass))
  FROM (SELECT m.row FROM upsert_matched m
         WHERE m.pass = %(pass)s AND m.contact_id IS NULL ORDER BY m.row) unmatched
