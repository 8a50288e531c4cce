-- upsert_save_before: stores contacts about to change, so that the import can be undone; those of before stay
-- in    change: bigint   contacts: bigint[], a list: what reads no temporary table is done where the contacts are
-- out   rows stored; rows of contacts_bulkchangerow
-- The rows have a name: Citus writes a wrong statement for an INSERT that selects with a STABLE function, as to_jsonb is.
-- They meet the change itself, and the INSERT is a step: otherwise they would travel to the coordinator and back.
WITH before AS MATERIALIZED (
    SELECT c.id, to_jsonb(c) - 'search' AS state FROM contacts_contact c WHERE c.id = ANY(%(contacts)s::bigint[])
), stored AS (
    INSERT INTO contacts_bulkchangerow (change_id, contact_id, before)
    SELECT g.id, b.id, b.state FROM before b JOIN contacts_bulkchange g ON g.id = %(change)s
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM stored
