-- apply_receipts: store a batch of receipts of one connection and update everything that counts them
-- in    connection, received_at
--       message_ids (NULL: unmatched), provider_ids, parts, kinds, ats, codes, texts: arrays of one length
--       delivered_kind, soft_kind, hard_kind, complained_kind: values of ReceiptKind
--       accepted, delivered, bounced, uncertain: states      complained_event: EngagementKind
-- out   message_id, dispatch_id, contact_id, address, bounce_text, complaint_text, sent_at, bounced_at, complained_at
--       of the messages for which something is new; an instant is NULL where it is not new
-- Everything is recomputed from all receipts of a message, so their order, batches and repetitions do not matter.
-- States follow a rank: accepted, delivered, bounced; a message that was not sent keeps its state. A receipt proves
-- that the message left, so an uncertain one becomes accepted. A receipt of an unknown message is stored unmatched.
-- The caller has locked the messages; locks the counters.
-- rides receipt_once and unmatched_receipt_once.
-- 5,000 receipts on 5,000 of 300,000 messages: 0.22 s.
WITH incoming AS MATERIALIZED (
    SELECT *
      FROM unnest(%(message_ids)s::bigint[], %(provider_ids)s::text[], %(parts)s::smallint[], %(kinds)s::text[],
                  %(ats)s::timestamptz[], %(codes)s::text[], %(texts)s::text[])
        AS r (message_id, provider_id, part, kind, at, code, text)
), message AS MATERIALIZED (
    SELECT m.id, m.dispatch_id, m.contact_id, m.address, m.state, m.delivered_at, m.bounced_at, m.complained_at,
           m.code, m.provider_message
      FROM delivery_message m
     WHERE m.id IN (SELECT message_id FROM incoming)
), matched AS MATERIALIZED (
    SELECT i.message_id, i.provider_id, i.part, i.kind, i.at, i.code,
           -- The text may contain the address: it is not kept of an erased contact.
           CASE WHEN m.contact_id < 0 THEN '' ELSE i.text END AS text
      FROM incoming i
      JOIN message m ON m.id = i.message_id
), numbered AS MATERIALIZED (
    SELECT nextval('delivery_messagereceipt_id_seq') AS id, r.*
      FROM (SELECT DISTINCT ON (message_id, part, kind) *
              FROM matched
             ORDER BY message_id, part, kind, at, text, code) r
), stored AS (
    INSERT INTO delivery_messagereceipt AS s
           (id, connection_id, message_id, provider_id, part, kind, at, code, text, received_at)
    SELECT i.id, %(connection)s, m.id, i.provider_id, i.part, i.kind, i.at, i.code, i.text, %(received_at)s
      FROM numbered i
      JOIN delivery_message m ON m.id = i.message_id
     ORDER BY i.id
    ON CONFLICT (message_id, connection_id, part, kind) WHERE message_id IS NOT NULL
    DO UPDATE SET at = excluded.at, code = excluded.code, text = excluded.text
     WHERE (excluded.at, excluded.text, excluded.code) < (s.at, s.text, s.code)
), numbered_unmatched AS MATERIALIZED (
    SELECT nextval('delivery_messagereceipt_id_seq') AS id, r.*
      FROM (SELECT DISTINCT ON (provider_id, part, kind) *
              FROM incoming
             WHERE message_id IS NULL AND provider_id <> ''
             ORDER BY provider_id, part, kind, at, text, code) r
), unmatched AS (
    INSERT INTO delivery_messagereceipt AS s
           (id, connection_id, message_id, provider_id, part, kind, at, code, text, received_at)
    SELECT i.id, %(connection)s, NULL::bigint, i.provider_id, i.part, i.kind, i.at, i.code, i.text, %(received_at)s
      FROM numbered_unmatched i
     WHERE (SELECT count(*) FROM (SELECT 1 FROM delivery_message LIMIT 1) any_message) >= 0
     ORDER BY i.id
    ON CONFLICT (connection_id, provider_id, part, kind) WHERE message_id IS NULL
    DO UPDATE SET at = excluded.at, code = excluded.code, text = excluded.text
     WHERE (excluded.at, excluded.text, excluded.code) < (s.at, s.text, s.code)
), known AS (
    SELECT message_id, kind, at, code, text FROM matched
     UNION ALL
    SELECT message_id, kind, at, code, text
      FROM delivery_messagereceipt
     WHERE message_id IN (SELECT id FROM message)
), facts AS MATERIALIZED (
    SELECT message_id, min(at) AS first_at,
           min(at) FILTER (WHERE kind = %(delivered_kind)s) AS delivered_at,
           min(at) FILTER (WHERE kind = %(hard_kind)s) AS bounced_at,
           min(at) FILTER (WHERE kind = %(complained_kind)s) AS complained_at,
           min(text) FILTER (WHERE kind = %(complained_kind)s) AS complaint
      FROM known
     GROUP BY message_id
), reason AS (
    SELECT DISTINCT ON (message_id) message_id, code, text
      FROM known
     WHERE kind IN (%(hard_kind)s, %(soft_kind)s)
     ORDER BY message_id, kind = %(hard_kind)s DESC, at, text, code
), changed AS MATERIALIZED (
    SELECT m.*, f.first_at, f.complaint, r.message_id IS NOT NULL AS has_reason, r.code AS new_code, r.text AS new_text,
           least(m.delivered_at, f.delivered_at) AS new_delivered_at,
           least(m.bounced_at, f.bounced_at) AS new_bounced_at,
           least(m.complained_at, f.complained_at) AS new_complained_at,
           CASE WHEN m.state NOT IN (%(accepted)s, %(delivered)s, %(bounced)s, %(uncertain)s) THEN m.state
                WHEN least(m.bounced_at, f.bounced_at) IS NOT NULL THEN %(bounced)s
                WHEN least(m.delivered_at, f.delivered_at) IS NOT NULL THEN %(delivered)s
                WHEN m.state = %(uncertain)s THEN %(accepted)s
                ELSE m.state END AS new_state
      FROM message m
      JOIN facts f ON f.message_id = m.id
      LEFT JOIN reason r ON r.message_id = m.id
), updated AS (
    UPDATE delivery_message m
       SET state = c.new_state, delivered_at = c.new_delivered_at, bounced_at = c.new_bounced_at,
           complained_at = c.new_complained_at,
           code = CASE WHEN c.has_reason THEN c.new_code ELSE m.code END,
           provider_message = CASE WHEN c.has_reason THEN c.new_text ELSE m.provider_message END
      FROM changed c
     WHERE m.id = c.id
       AND (m.state, m.delivered_at, m.bounced_at, m.complained_at, m.code, m.provider_message) IS DISTINCT FROM
           (c.new_state, c.new_delivered_at, c.new_bounced_at, c.new_complained_at,
            CASE WHEN c.has_reason THEN c.new_code ELSE m.code END,
            CASE WHEN c.has_reason THEN c.new_text ELSE m.provider_message END)
), new_complaint AS MATERIALIZED (
    SELECT nextval('delivery_engagementevent_id_seq') AS id, id AS message_id, new_complained_at AS at
      FROM changed
     WHERE complained_at IS NULL AND new_complained_at IS NOT NULL
), complaint AS (
    INSERT INTO delivery_engagementevent (id, message_id, kind, at, url, user_agent)
    SELECT c.id, m.id, %(complained_event)s, c.at, '', ''
      FROM new_complaint c
      JOIN delivery_message m ON m.id = c.message_id
), earlier_complaint AS (
    UPDATE delivery_engagementevent e
       SET at = c.new_complained_at
      FROM changed c
     WHERE e.message_id = c.id AND e.kind = %(complained_event)s AND e.at > c.new_complained_at
), counters AS (
    INSERT INTO delivery_dispatchcounter AS d (dispatch_id, name, value)
    SELECT c.dispatch_id, f.name, sum(f.change)
      FROM changed c
      JOIN delivery_dispatch dispatch ON dispatch.id = c.dispatch_id
     CROSS JOIN LATERAL (VALUES
           ('sent', (c.state = %(uncertain)s)::int),
           ('uncertain', -(c.state = %(uncertain)s)::int),
           ('bounced', (c.new_state = %(bounced)s)::int - (c.state = %(bounced)s)::int),
           ('delivered', (c.new_delivered_at IS NOT NULL)::int - (c.delivered_at IS NOT NULL)::int),
           ('complained', (c.new_complained_at IS NOT NULL)::int - (c.complained_at IS NOT NULL)::int))
        AS f (name, change)
     GROUP BY c.dispatch_id, f.name
    HAVING sum(f.change) <> 0
     ORDER BY c.dispatch_id, f.name
    ON CONFLICT (dispatch_id, name) DO UPDATE SET value = d.value + excluded.value
)
SELECT id, dispatch_id, contact_id, address,
       CASE WHEN has_reason THEN new_text ELSE '' END, coalesce(complaint, ''),
       CASE WHEN state = %(uncertain)s THEN first_at END,
       CASE WHEN bounced_at IS NULL THEN new_bounced_at END,
       CASE WHEN complained_at IS NULL THEN new_complained_at END
  FROM changed
 WHERE state = %(uncertain)s OR (bounced_at IS NULL AND new_bounced_at IS NOT NULL)
    OR (complained_at IS NULL AND new_complained_at IS NOT NULL)
 ORDER BY id
