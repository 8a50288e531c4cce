-- overview_totals: how many living people there are and how many of them are new
-- in    since: timestamptz
-- out   contacts, new_contacts                          one row
-- rides contact_covering or another index over the living; contact_by_creation for the second number
SELECT (SELECT count(*) FROM contacts_contact WHERE deleted_at IS NULL) AS contacts,
       (SELECT count(*) FROM contacts_contact WHERE deleted_at IS NULL AND created_at >= %(since)s) AS new_contacts
