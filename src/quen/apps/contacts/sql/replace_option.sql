-- replace_option: give contacts another option of a custom field instead of one, or none
-- in    contacts: contact_id     key: id of the field as text     ids: text[], what means the option
--       target: text or null     ordered: text[], the options left     change: id     now: timestamptz
-- out   contacts not deleted with the option, contacts changed     one row; a row of contacts_bulkchangerow per contact
WITH selected AS MATERIALIZED (
    SELECT c.id, c.attrs -> %(key)s AS value
      FROM contacts_contact c
     WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
       AND c.attrs -> %(key)s ?| %(ids)s::text[]
), planned AS MATERIALIZED (
    SELECT s.id, s.value,
           CASE WHEN jsonb_typeof(s.value) <> 'array' THEN to_jsonb(%(target)s::text)
                ELSE (SELECT jsonb_agg(o.id ORDER BY o.place)
                        FROM unnest(%(ordered)s::text[]) WITH ORDINALITY AS o (id, place)
                       WHERE s.value ? o.id OR o.id = %(target)s::text) END AS new
      FROM selected s
), remembered AS MATERIALIZED (
    SELECT id, jsonb_build_object('value', value, 'to', new) AS before FROM planned
), changed AS (
    UPDATE contacts_contact c
       SET attrs = CASE WHEN p.new IS NULL THEN c.attrs - %(key)s ELSE jsonb_set(c.attrs, ARRAY[%(key)s], p.new) END,
           updated_at = %(now)s
      FROM planned p WHERE c.id = p.id
    RETURNING c.id
), kept AS (
    INSERT INTO contacts_bulkchangerow (change_id, contact_id, before)
    SELECT b.id, r.id, r.before
      FROM remembered r JOIN contacts_bulkchange b ON b.id = %(change)s
)
SELECT (SELECT count(*) FROM selected), (SELECT count(*) FROM changed)
