-- left_out: of some contacts, how many a file for a purpose contains (reason '') and why the others are left out
-- in    contacts: contact_id      purpose      has_address: SQL of whether there is something to hand over
-- out   reason, people
SELECT r.reason, count(*)
  FROM (SELECT CASE WHEN c.status = 4 THEN 'archived'
                    WHEN c.restricted_at IS NOT NULL THEN 'restricted'
                    WHEN c.consent_email IN (2, 3) AND c.consent_sms IN (2, 3) AND c.consent_zalo IN (2, 3)
                         AND c.consent_chat IN (2, 3) AND c.consent_push IN (2, 3) AND c.consent_call IN (2, 3)
                         THEN 'refused_everything'
                    WHEN a.consent = 2 THEN 'refused'
                    WHEN a.consent IS DISTINCT FROM 1 THEN 'not_agreed'
                    WHEN NOT ({has_address}) THEN 'no_address'
                    ELSE '' END AS reason
          FROM contacts_contact c
          LEFT JOIN compliance_purposeanswer a ON a.contact_id = c.id AND a.purpose = %(purpose)s
         WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)) AS r
 GROUP BY r.reason
