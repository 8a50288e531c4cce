-- bulk_set_status: set the status of contacts, and the email consent that comes with it, where rules/statuses allows it
-- in    contacts: contact_id, locked     change: id     requested, saved: status     now: timestamptz
--       reason, new_status, new_consent: SQL of rules/statuses, written into the statement
-- out   outcome ('changed' or the reason), contacts     one row per outcome
--       rows of contacts_bulkchangerow, one per contact changed
WITH selected AS MATERIALIZED (
    SELECT c.id, c.status, c.status_before_saved, c.consent_email FROM contacts_contact c
     WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
), planned AS (
    SELECT m.*, coalesce({reason}, 'changed') AS outcome, {new_status} AS new_status FROM selected m
), with_consent AS (
    SELECT p.*, {new_consent} AS consent FROM planned p WHERE outcome = 'changed'
), changed AS (
    UPDATE contacts_contact c
       SET status = d.new_status, consent_email = d.consent, updated_at = %(now)s,
           status_before_saved = CASE WHEN d.new_status = %(saved)s THEN d.status END
      FROM with_consent d WHERE c.id = d.id
    RETURNING d.id, d.status AS old_status, d.status_before_saved AS old_before_saved,
              d.consent_email AS old_consent, d.new_status, d.consent
), described AS MATERIALIZED (
    SELECT id, jsonb_build_object('status', old_status, 'status_before_saved', old_before_saved,
               'consent_email', old_consent, 'to', new_status, 'to_consent', consent) AS before
      FROM changed
), change_rows AS (
    INSERT INTO contacts_bulkchangerow (change_id, contact_id, before)
    SELECT b.id, d.id, d.before FROM described d JOIN contacts_bulkchange b ON b.id = %(change)s
)
SELECT outcome, count(*) FROM planned GROUP BY outcome
