-- upsert_park: sets handled rows of a pass aside, so that the same statements only see the rest
-- in    pass: smallint
-- out   nothing; handled rows of upsert_stage and upsert_matched get the negative pass number, rows without a contact
--       are removed from upsert_matched
WITH unmatched AS (
    DELETE FROM upsert_matched m
     WHERE m.pass = %(pass)s AND m.contact_id IS NULL
       AND NOT EXISTS (SELECT FROM upsert_created x WHERE x.row = m.row)
    RETURNING m.row),
staged AS (
    UPDATE upsert_stage s SET pass = -%(pass)s::int2
     WHERE s.pass = %(pass)s AND s.row NOT IN (SELECT row FROM unmatched)
       AND EXISTS (SELECT FROM upsert_matched m WHERE m.row = s.row))
UPDATE upsert_matched m SET pass = -%(pass)s::int2
 WHERE m.pass = %(pass)s AND m.row NOT IN (SELECT row FROM unmatched)
