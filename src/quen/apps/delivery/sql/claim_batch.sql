-- claim_batch: mark up to 50 queued messages as in flight, and skip contacts who are not eligible any more
-- in    eligibility: contact_id, address, language, reason      ids, dispatch, connection, now
--       queued, in_flight, skipped: states
-- out   id, state, reason, batch          of the messages that were queued; one whose address changed stays queued
WITH marked AS (
    UPDATE delivery_message m
       SET state = CASE WHEN e.reason IS NOT NULL THEN %(skipped)s
                        WHEN e.address <> m.address THEN %(queued)s ELSE %(in_flight)s END,
           reason = e.reason,
           address = CASE WHEN e.reason IS NULL THEN e.address ELSE m.address END
      FROM {eligibility} e
     WHERE m.id = ANY(%(ids)s::bigint[]) AND m.contact_id = e.contact_id AND m.dispatch_id = %(dispatch)s AND m.state = %(queued)s
    RETURNING m.id, m.state, m.reason
), batch AS MATERIALIZED (
    SELECT nextval('delivery_inflightbatch_id_seq') AS id, array_agg(id) AS message_ids
      FROM marked WHERE state = %(in_flight)s HAVING count(*) > 0
), claimed AS (
    INSERT INTO delivery_inflightbatch (id, dispatch_id, connection_id, message_ids, claimed_at)
    SELECT b.id, d.id, %(connection)s, b.message_ids, %(now)s
      FROM batch b JOIN delivery_dispatch d ON d.id = %(dispatch)s
)
SELECT id, state, reason, (SELECT id FROM batch) FROM marked
