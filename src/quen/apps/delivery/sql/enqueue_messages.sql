-- enqueue_messages: create the messages of a batch of contacts, and the queue ranges of those to be sent
-- in    eligibility: contact_id, address, language, reason     dispatch, scheduled_for     queued, skipped: states
--       range_size: messages per queue range
-- out   state, reason, count              of the messages created; existing ones of an earlier run are not counted
WITH written AS (
    INSERT INTO delivery_message (dispatch_id, contact_id, attempt, scheduled_for, address, language, state, reason,
                                  tries, code, provider_message, provider_id, opens, clicks)
    SELECT %(dispatch)s, e.contact_id, 1, %(scheduled_for)s, coalesce(e.address, ''), coalesce(e.language, ''),
           CASE WHEN e.reason IS NULL THEN %(queued)s ELSE %(skipped)s END, e.reason, 0, '', '', '', 0, 0
      FROM {eligibility} e
    ON CONFLICT (dispatch_id, contact_id, attempt, scheduled_for) DO NOTHING
    RETURNING id, state, reason
), ranges AS MATERIALIZED (
    SELECT nextval('delivery_queuerange_id_seq') AS id, min(id) AS first_id, max(id) AS last_id
      FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(range_size)s AS run
              FROM written
             WHERE state = %(queued)s) w
     GROUP BY run
), ranged AS (
    INSERT INTO delivery_queuerange (id, dispatch_id, first_id, last_id)
    SELECT r.id, d.id, r.first_id, r.last_id FROM ranges r JOIN delivery_dispatch d ON d.id = %(dispatch)s
)
SELECT state, reason, count(*) FROM written GROUP BY state, reason
