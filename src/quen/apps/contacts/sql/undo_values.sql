-- undo_values: give contacts the former value of a custom field, where that of the change still stands
-- in    key: id of the field as text     change: id     batch: bigint[], contacts of it, locked     now: timestamptz
-- out   contact_id of each contact changed
UPDATE contacts_contact c
   SET attrs = jsonb_set(c.attrs, ARRAY[%(key)s], r.before -> 'value'), updated_at = %(now)s
  FROM contacts_bulkchangerow r
 WHERE r.change_id = %(change)s AND r.contact_id = ANY(%(batch)s::bigint[]) AND c.id = r.contact_id
   AND coalesce(c.attrs -> %(key)s, 'null') = coalesce(r.before -> 'to', 'null')
RETURNING c.id
