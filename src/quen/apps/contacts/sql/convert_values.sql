-- convert_values: give contacts converted values of a custom field, and keep the former ones
-- in    key: id of the field as text     ids: bigint[]     old, new: jsonb as text[], of the length of ids
--       change: id     now: timestamptz
-- out   contacts changed                 one row; a row of contacts_bulkchangerow per contact
WITH given AS MATERIALIZED (
    SELECT g.id, g.new::jsonb AS new, jsonb_build_object('value', g.old::jsonb, 'to', g.new::jsonb) AS before
      FROM unnest(%(ids)s::bigint[], %(old)s::text[], %(new)s::text[]) AS g (id, old, new)
), changed AS (
    UPDATE contacts_contact c
       SET attrs = jsonb_set(c.attrs, ARRAY[%(key)s], g.new), updated_at = %(now)s
      FROM given g WHERE c.id = g.id
    RETURNING c.id
), kept AS (
    INSERT INTO contacts_bulkchangerow (change_id, contact_id, before)
    SELECT b.id, g.id, g.before
      FROM given g JOIN contacts_bulkchange b ON b.id = %(change)s
)
SELECT count(*) FROM changed
