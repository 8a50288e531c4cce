-- report: submissions of a form by local day, version, way and source
-- in    form: bigint     since, until (excluded): timestamptz     zone: text     apart: states that are not counted
-- out   day, version_id, way, source, sent, confirmed
-- rides submission_by_form
SELECT (s.at AT TIME ZONE %(zone)s)::date, s.version_id, s.way, coalesce(s.utm ->> 'utm_source', ''),
       count(*)::int, count(s.confirmed_at)::int
  FROM signup_submission s
 WHERE s.form_id = %(form)s AND s.at >= %(since)s AND s.at < %(until)s AND s.state <> ALL(%(apart)s::text[])
 GROUP BY 1, 2, 3, 4
