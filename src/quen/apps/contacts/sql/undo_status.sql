-- undo_status: set the status and email consent of before a change, where they are still those of the change
-- in    change: id     batch: bigint[], contacts of it, locked     now: timestamptz
--       refused: bigint[], those who have refused since: what they said stands
-- out   contacts of the batch that still exist, contacts restored, contacts who refused since          one row
WITH selected AS MATERIALIZED (
    SELECT r.contact_id, r.before, c.status, c.consent_email,
           r.contact_id = ANY(%(refused)s::bigint[]) AS refused
      FROM contacts_bulkchangerow r JOIN contacts_contact c ON c.id = r.contact_id
     WHERE r.change_id = %(change)s AND r.contact_id = ANY(%(batch)s::bigint[])
), restored AS (
    UPDATE contacts_contact c
       SET status = (m.before->>'status')::smallint,
           status_before_saved = (m.before->>'status_before_saved')::smallint,
           consent_email = CASE WHEN m.consent_email = (m.before->>'to_consent')::smallint
                                THEN (m.before->>'consent_email')::smallint ELSE m.consent_email END,
           updated_at = %(now)s
      FROM selected m WHERE c.id = m.contact_id AND m.status = (m.before->>'to')::smallint AND NOT m.refused
    RETURNING c.id
)
SELECT (SELECT count(*) FROM selected), (SELECT count(*) FROM restored), (SELECT count(*) FROM selected WHERE refused)
