-- understand_hits: write opens and clicks, judge them, and move whatever counts them, in one statement
-- in    ids, messages, ats, urls ('' is an open), agents, machines (known by its name): arrays of one length
--       early_seconds: int, how long after hand-over machines are expected
--       most: int, hits kept of one message; a thousand reloads tell nothing new
--       waiting: smallint[], states in which the result of the hand-over is not known yet
--       uncertain, accepted: states; whatever was read has arrived, so nothing about it is uncertain any more
-- out   contact_id, kind ('sent' | 'opened' | 'clicked'), at, message_id, launch_id, url    what is to become an event
-- A message's columns are reckoned anew from all its hits, so neither the order of hits nor how they fell into batches
-- matters; a hit that was written before (raw_id) is passed over. A click turns out to be a scanner's when two other
-- links of the mail were followed within two seconds of it, soon after hand-over: it may do so later, never back.
-- rides hit_by_message and hit_once. 5,000 hits on 5,000 of 300,000 messages: 0.17 s.
WITH raw AS MATERIALIZED (
    SELECT *
      FROM unnest(%(ids)s::bigint[], %(messages)s::bigint[], %(ats)s::timestamptz[], %(urls)s::text[],
                  %(agents)s::text[], %(machines)s::boolean[]) AS r (raw_id, message_id, at, url, agent, machine)
), message AS MATERIALIZED (
    SELECT id, launch_id, contact_id, opened_at, machine_opened_at, clicked_at, state = %(uncertain)s AS uncertain,
           CASE WHEN handed_at IS NOT NULL THEN handed_at + make_interval(secs => %(early_seconds)s)
                WHEN state = ANY(%(waiting)s::smallint[]) THEN 'infinity'
                ELSE '-infinity' END AS machines_until
      FROM delivery_message
     WHERE id IN (SELECT message_id FROM raw)
     ORDER BY id
       FOR UPDATE
), known AS MATERIALIZED (
    SELECT id, message_id, at, url, kind
      FROM delivery_hit
     WHERE message_id IN (SELECT id FROM message) AND kind IN (1, 2, 3, 6)
), fresh AS (
    SELECT r.raw_id, r.message_id, r.at, r.url, r.agent,
           CASE WHEN r.url = '' AND (r.machine OR r.at < m.machines_until) THEN 2
                WHEN r.url = '' THEN 1
                WHEN r.machine THEN 6
                ELSE 3 END AS kind,
           row_number() OVER (PARTITION BY r.message_id ORDER BY r.raw_id)
             + coalesce(k.hits, 0) AS place
      FROM raw r
      JOIN message m ON m.id = r.message_id
      LEFT JOIN (SELECT message_id, count(*) AS hits FROM known GROUP BY message_id) k USING (message_id)
     WHERE NOT EXISTS (SELECT FROM delivery_hit h WHERE h.raw_id = r.raw_id)
), hit AS MATERIALIZED (
    SELECT row_number() OVER () AS number, *
      FROM (SELECT id, NULL::bigint AS raw_id, message_id, at, url, '' AS agent, kind AS was, kind FROM known
             UNION ALL
            SELECT NULL, raw_id, message_id, at, url, agent, NULL, kind FROM fresh WHERE place <= %(most)s) AS h
), scanned AS (
    SELECT h.number
      FROM hit h
      JOIN message m ON m.id = h.message_id AND h.at < m.machines_until
      JOIN hit o ON o.message_id = h.message_id AND o.url <> ''
                AND o.at BETWEEN h.at - interval '2 seconds' AND h.at + interval '2 seconds'
     WHERE h.kind = 3
     GROUP BY h.number
    HAVING count(DISTINCT o.url) >= 3
), judged AS MATERIALIZED (
    SELECT h.id, h.raw_id, h.message_id, h.at, h.url, h.agent, h.was,
           CASE WHEN s.number IS NULL THEN h.kind ELSE 6 END AS kind
      FROM hit h
      LEFT JOIN scanned s USING (number)
), sums AS (
    SELECT message_id, min(at) AS first_at,
           min(at) FILTER (WHERE kind IN (1, 3)) AS opened_at,
           min(at) FILTER (WHERE kind = 2) AS machine_opened_at,
           min(at) FILTER (WHERE kind = 3) AS clicked_at,
           count(*) FILTER (WHERE kind = 1) AS opens,
           count(*) FILTER (WHERE kind = 3) AS clicks
      FROM judged
     GROUP BY message_id
), written AS (
    INSERT INTO delivery_hit (message_id, kind, at, url, agent, raw_id)
    SELECT message_id, kind, at, url, agent, raw_id FROM judged WHERE raw_id IS NOT NULL ORDER BY raw_id
), judged_anew AS (
    UPDATE delivery_hit h SET kind = j.kind FROM judged j WHERE h.id = j.id AND j.kind <> j.was
), counted AS (
    UPDATE delivery_message m
       SET opened_at = s.opened_at, machine_opened_at = s.machine_opened_at, clicked_at = s.clicked_at,
           -- A click tells of an opening too, whether or not the image was loaded (R-39).
           opens = greatest(s.opens, least(s.clicks, 1)), clicks = s.clicks,
           state = CASE WHEN m.state = %(uncertain)s THEN %(accepted)s ELSE m.state END
      FROM sums s
     WHERE m.id = s.message_id
       AND (m.opened_at, m.machine_opened_at, m.clicked_at, m.opens, m.clicks, m.state = %(uncertain)s) IS DISTINCT FROM
           (s.opened_at, s.machine_opened_at, s.clicked_at,
            greatest(s.opens, least(s.clicks, 1))::int, s.clicks::int, false)
), tallied AS (
    INSERT INTO delivery_tally AS t (launch_id, figure, people)
    SELECT m.launch_id, f.figure, sum(f.change)
      FROM message m
      JOIN sums s ON s.message_id = m.id
     CROSS JOIN LATERAL (VALUES
           ('clicked', (s.clicked_at IS NOT NULL)::int - (m.clicked_at IS NOT NULL)::int),
           ('opened', (s.opened_at IS NOT NULL)::int - (m.opened_at IS NOT NULL)::int),
           ('opened_by_machine',
            (s.machine_opened_at IS NOT NULL)::int - (m.machine_opened_at IS NOT NULL)::int),
           ('handed_over', m.uncertain::int),
           ('uncertain', -m.uncertain::int)) AS f (figure, change)
     GROUP BY m.launch_id, f.figure
    HAVING sum(f.change) <> 0
     ORDER BY m.launch_id, f.figure
    ON CONFLICT (launch_id, figure) DO UPDATE SET people = t.people + excluded.people
), followed AS MATERIALIZED (
    SELECT message_id, url, min(at) FILTER (WHERE kind = 3) AS at,
           count(*) FILTER (WHERE kind = 3) AS clicks, count(*) FILTER (WHERE was = 3) AS clicks_before
      FROM judged
     WHERE url <> ''
     GROUP BY message_id, url
), linked AS (
    INSERT INTO delivery_link AS l (launch_id, digest, url, clicks, people)
    SELECT m.launch_id, decode(md5(f.url), 'hex'), f.url, sum(f.clicks - f.clicks_before),
           sum((f.clicks > 0)::int - (f.clicks_before > 0)::int)
      FROM followed f
      JOIN message m ON m.id = f.message_id
     GROUP BY m.launch_id, f.url
    HAVING sum(f.clicks - f.clicks_before) <> 0
     ORDER BY 1, 2
    ON CONFLICT (launch_id, digest)
    DO UPDATE SET clicks = l.clicks + excluded.clicks, people = l.people + excluded.people
)
SELECT m.contact_id, 'sent' AS kind, s.first_at AS at, m.id AS message_id, m.launch_id, '' AS url
  FROM message m
  JOIN sums s ON s.message_id = m.id
 WHERE m.uncertain
 UNION ALL
SELECT m.contact_id, 'opened' AS kind, s.opened_at AS at, m.id AS message_id, m.launch_id, '' AS url
  FROM message m
  JOIN sums s ON s.message_id = m.id
 WHERE m.opened_at IS NULL AND s.opened_at IS NOT NULL
 UNION ALL
SELECT m.contact_id, 'clicked', f.at, m.id, m.launch_id, f.url
  FROM followed f
  JOIN message m ON m.id = f.message_id
 WHERE f.clicks > 0 AND f.clicks_before = 0
 ORDER BY at, message_id, kind DESC, url
