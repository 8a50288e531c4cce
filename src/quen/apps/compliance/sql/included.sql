-- included: of some contacts, those that a file for a purpose contains; nobody whom left_out counts with a reason
-- in    contacts: contact_id      purpose      has_address: SQL of whether there is something to hand over
-- out   contact_id
SELECT c.id AS contact_id
  FROM contacts_contact c
  JOIN compliance_purposeanswer a ON a.contact_id = c.id AND a.purpose = %(purpose)s AND a.consent = 1
 WHERE c.deleted_at IS NULL AND c.restricted_at IS NULL AND c.status <> 4 AND ({has_address})
   AND NOT (c.consent_email IN (2, 3) AND c.consent_sms IN (2, 3) AND c.consent_zalo IN (2, 3)
            AND c.consent_chat IN (2, 3) AND c.consent_push IN (2, 3) AND c.consent_call IN (2, 3))
   AND c.id IN (SELECT contact_id FROM {contacts} p)
