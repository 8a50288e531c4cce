-- upsert_warn_ignored: rows that unsubscribe a contact who stays subscribed because existing contacts are not overwritten
-- in    pass: smallint   subscribed, unsubscribed: status
-- out   row
SELECT m.row
  FROM upsert_matched m
  JOIN upsert_stage s ON s.row = m.row
  JOIN contacts_contact c ON c.id = m.contact_id
 WHERE m.pass = %(pass)s AND NOT m.ambiguous AND s.status = %(unsubscribed)s AND c.status = %(subscribed)s
 ORDER BY m.row
