-- eligibility_with_topic: eligibility that knows who left a topic                                   apps/compliance/sql
-- in    eligibility: contact_id, address, language, reason of marketing     channel     topic
--       left_topic, capped: reasons      withdrawn: Consent.WITHDRAWN
-- out   contact_id, address, language, reason
SELECT e.contact_id, e.address, e.language,
       (CASE WHEN (e.reason IS NULL OR e.reason = %(capped)s) AND EXISTS (
                  SELECT 1 FROM compliance_topicchoice t
                   WHERE t.contact_id = e.contact_id AND t.topic_id = %(topic)s AND t.channel = %(channel)s
                     AND t.consent = %(withdrawn)s)
             THEN %(left_topic)s ELSE e.reason END)::smallint AS reason
  FROM {eligibility} e
