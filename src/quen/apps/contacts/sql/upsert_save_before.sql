-- upsert_save_before: stores contacts about to change, so that the import can be undone; those of before stay
-- in    change: bigint   contacts: bigint[], a list: what reads no temporary table is done where the contacts are
-- out   rows stored; rows of contacts_bulkchangerow
-- The rows have a name: Citus writes a wrong statement for an INSERT that selects with a STABLE function, as to_jsonb is.
WITH before AS MATERIALIZED (
    SELECT c.id, to_jsonb(c) - 'search' AS state FROM contacts_contact c WHERE c.id = ANY(%(contacts)s::bigint[])
)
INSERT INTO contacts_bulkchangerow (change_id, contact_id, before)
SELECT %(change)s, id, state FROM before
ON CONFLICT DO NOTHING
