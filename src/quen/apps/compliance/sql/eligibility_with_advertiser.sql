-- eligibility_with_advertiser: eligibility that knows refusals at other workspaces of the advertiser  apps/compliance/sql
-- in    eligibility: contact_id, address, language, reason of marketing     channel     cause: advertiser
--       outers, inners: bytea[], the paddings of the keys of this advertiser and of former ones (rules.shared_hash)
--       refused, capped: reasons
-- out   contact_id, address, language, reason
SELECT e.contact_id, e.address, e.language,
       (CASE WHEN (e.reason IS NULL OR e.reason = %(capped)s) AND EXISTS (
                  SELECT 1
                    FROM unnest(%(outers)s::bytea[], %(inners)s::bytea[]) AS k (outer_pad, inner_pad)
                    JOIN compliance_suppression s
                      ON s.channel = %(channel)s AND s.cause = %(cause)s
                     AND s.address_hash = sha256(k.outer_pad || sha256(k.inner_pad || convert_to(%(channel)s || ':' || lower(e.address), 'UTF8'))))
             THEN %(refused)s ELSE e.reason END)::smallint AS reason
  FROM {eligibility} e
