-- summaries: views, submissions and confirmations of several forms
-- in    forms: bigint[]     since: timestamptz     day: date     apart: states that are not counted
-- out   form_id, views, sent, confirmed
SELECT f.id, coalesce(v.views, 0), coalesce(s.sent, 0), coalesce(s.confirmed, 0)
  FROM signup_signupform f
  LEFT JOIN (SELECT form_id, sum(count) AS views FROM signup_formviews WHERE day >= %(day)s GROUP BY form_id) v
    ON v.form_id = f.id
  LEFT JOIN (SELECT form_id, count(*) AS sent, count(confirmed_at) AS confirmed
               FROM signup_submission
              WHERE at >= %(since)s AND state <> ALL(%(apart)s::text[])
              GROUP BY form_id) s ON s.form_id = f.id
 WHERE f.id = ANY(%(forms)s)
