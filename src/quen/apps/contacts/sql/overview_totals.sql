-- overview_totals: the number of contacts, and of new ones, deleted and archived ones not counted, as in the list
-- in    since: timestamptz     archived: status
-- out   contacts, new_contacts                          one row
-- uses contact_covering or another partial index, contact_by_creation for the second number
SELECT (SELECT count(*) FROM contacts_contact WHERE deleted_at IS NULL AND status <> %(archived)s) AS contacts,
       (SELECT count(*) FROM contacts_contact
         WHERE deleted_at IS NULL AND status <> %(archived)s AND created_at >= %(since)s) AS new_contacts
