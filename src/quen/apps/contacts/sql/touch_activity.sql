-- touch_activity: move the last activity of contacts forward, never back
-- in    activity: contact_id, at; several rows per contact
-- out   contact_id                                      of the contacts changed
UPDATE contacts_contact c
   SET last_activity_at = t.at
  FROM (SELECT contact_id, max(at) AS at FROM {activity} a GROUP BY contact_id) t
 WHERE c.id = t.contact_id AND c.last_activity_at < t.at
RETURNING c.id
