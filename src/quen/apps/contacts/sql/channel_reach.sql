-- channel_reach: the number of contacts, and of those who consented to each channel
-- in    contacts: contact_id     counts: SQL, one count per channel, written into the statement
-- out   contacts, one number per channel                one row
-- uses  contact_covering, index-only
SELECT count(*), {counts}
  FROM contacts_contact c
 WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
