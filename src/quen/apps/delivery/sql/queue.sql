-- queue: messages of a batch of people who passed the gate or did not, and the ranges in which the first wait
-- in    gate: contact_id, address, language, reason     launch, origin     queued, skipped: states     chunk: ids a range
-- out   state, reason, count                              of the messages written; those of an earlier run are not
WITH written AS (
    INSERT INTO delivery_message (launch_id, contact_id, attempt, origin_at, address, language, state, reason, tries,
                                  code, told, provider_id, opens, clicks)
    SELECT %(launch)s, g.contact_id, 1, %(origin)s, coalesce(g.address, ''), coalesce(g.language, ''),
           CASE WHEN g.reason IS NULL THEN %(queued)s ELSE %(skipped)s END, g.reason, 0, '', '', '', 0, 0
      FROM {gate} g
    ON CONFLICT (launch_id, contact_id, attempt, origin_at) DO NOTHING
    RETURNING id, state, reason
), ranged AS (
    INSERT INTO delivery_chunk (launch_id, first_id, last_id)
    SELECT %(launch)s, min(id), max(id)
      FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(chunk)s AS run FROM written WHERE state = %(queued)s) w
     GROUP BY run
)
SELECT state, reason, count(*) FROM written GROUP BY state, reason
