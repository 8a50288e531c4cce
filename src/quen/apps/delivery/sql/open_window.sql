-- open_window: take up to 50 waiting messages in hand, and leave out whom the gate refuses now
-- in    asked: contact_id, address, language, reason      ids, launch, connection, now
--       queued, handing, skipped: states
-- out   id, state, reason, window                         of those that waited; a changed address waits on
WITH marked AS (
    UPDATE delivery_message m
       SET state = CASE WHEN g.reason IS NOT NULL THEN %(skipped)s
                        WHEN g.address <> m.address THEN %(queued)s ELSE %(handing)s END,
           reason = g.reason,
           address = CASE WHEN g.reason IS NULL THEN g.address ELSE m.address END
      FROM {asked} g
     WHERE m.id = ANY(%(ids)s) AND m.contact_id = g.contact_id AND m.launch_id = %(launch)s AND m.state = %(queued)s
    RETURNING m.id, m.state, m.reason
), opened AS (
    INSERT INTO delivery_window (launch_id, connection_id, message_ids, opened_at)
    SELECT %(launch)s, %(connection)s, array_agg(id), %(now)s FROM marked WHERE state = %(handing)s HAVING count(*) > 0
    RETURNING id
)
SELECT id, state, reason, (SELECT id FROM opened) FROM marked
