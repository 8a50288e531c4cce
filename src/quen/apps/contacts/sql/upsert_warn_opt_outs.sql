-- upsert_warn_opt_outs: rows that subscribe a contact who opted out, is blocked or archived, and therefore stays so
-- in    pass: smallint   subscribed, unsubscribed, saved: status   withdrawn, blocked: consent
-- out   row, status of the contact
SELECT m.row, c.status
  FROM upsert_matched m
  JOIN upsert_stage s ON s.row = m.row
  JOIN contacts_contact c ON c.id = m.contact_id
 WHERE m.pass = %(pass)s AND NOT m.ambiguous AND s.status = %(subscribed)s
   AND (c.status IN (%(unsubscribed)s, %(saved)s) OR c.consent_email IN (%(withdrawn)s, %(blocked)s))
 ORDER BY m.row
