-- write_keys: the keys under which contacts are compared                                      apps/duplicates/sql
-- in    people: contacts.queries.people_to_compare      converted: jsonb, new prefixes of 2018 by old
--       domains: jsonb, domains by common slips         common: text[], words of names that tell nobody apart
-- out   rows of duplicates_matchkey
WITH person AS MATERIALIZED (
    SELECT p.contact_id, p.birth_on, p.province, p.phones, p.emails, p.words,
           ARRAY(SELECT w FROM unnest(p.words) w WHERE w <> ALL (%(common)s::text[]) AND length(w) > 1) AS names,
           array_to_string(ARRAY(SELECT left(w, 1) FROM unnest(p.words) w ORDER BY 1), '') AS initials,
           substring(p.address FROM '^[^a-z0-9]*([a-z0-9/-]*[0-9][a-z0-9/-]* +[a-z0-9]+ +[a-z0-9]+)') AS house
      FROM {people} p
), phone AS MATERIALIZED (
    SELECT contact_id, array_remove(ARRAY[names[1], names[cardinality(names)]], NULL) AS ends,
           CASE WHEN f ~ '^[+]841[0-9]{9}$'
                THEN '+84' || coalesce(%(converted)s::jsonb ->> substr(f, 4, 3), substr(f, 4, 3)) || substr(f, 7)
                ELSE f END AS phone
      FROM person CROSS JOIN LATERAL unnest(phones) f
), mail AS MATERIALIZED (
    SELECT contact_id, split_part(lower(e), '@', 1) AS box,
           coalesce(%(domains)s::jsonb ->> split_part(lower(e), '@', 2), split_part(lower(e), '@', 2)) AS domain
      FROM person CROSS JOIN LATERAL unnest(emails) e
), found AS MATERIALIZED (
    SELECT contact_id, 'p' || phone AS key FROM phone
    UNION ALL
    SELECT contact_id, 'h' || left(phone, 8) || n FROM phone CROSS JOIN LATERAL unnest(ends) n
    UNION ALL
    SELECT contact_id, 't' || right(phone, 4) || n FROM phone CROSS JOIN LATERAL unnest(ends) n
    UNION ALL
    SELECT contact_id, 'e' || CASE WHEN domain = 'gmail.com' THEN replace(split_part(box, '+', 1), '.', '') ELSE box END
                       || '@' || domain FROM mail
    UNION ALL
    SELECT contact_id, 'b' || birth_on || n FROM person CROSS JOIN LATERAL unnest(names) n WHERE birth_on IS NOT NULL
    UNION ALL
    SELECT contact_id, 'i' || birth_on || initials FROM person WHERE birth_on IS NOT NULL AND cardinality(words) > 1
    UNION ALL
    SELECT contact_id, 'a' || house || '|' || n FROM person CROSS JOIN LATERAL unnest(names) n WHERE house IS NOT NULL
)
INSERT INTO duplicates_matchkey (key, contact_id)
SELECT DISTINCT hashtextextended(key, 0), contact_id FROM found
ON CONFLICT DO NOTHING
