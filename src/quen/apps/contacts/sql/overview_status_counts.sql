-- overview_status_counts: contacts by status and day of creation, deleted ones not counted; earlier days are one row
-- in    since: timestamptz     zone: name of the workspace's time zone
-- out   status, day, contacts, incomplete        one row per status and day (NULL: earlier), in no order
-- uses contact_covering, index-only
SELECT status,
       CASE WHEN created_at >= %(since)s THEN (created_at AT TIME ZONE %(zone)s)::date END AS day,
       count(*) AS contacts,
       count(*) FILTER (WHERE incomplete) AS incomplete
  FROM contacts_contact
 WHERE deleted_at IS NULL
 GROUP BY 1, 2
