-- convert_values: replace stored values of a custom field
-- in    key: id of the field as text     old, new: jsonb as text[], of one length
-- out   contacts changed
UPDATE contacts_contact c
   SET attrs = jsonb_set(c.attrs, ARRAY[%(key)s], v.new)
  FROM (SELECT unnest(%(old)s::text[])::jsonb AS old, unnest(%(new)s::text[])::jsonb AS new) v
 WHERE c.attrs ? %(key)s AND c.attrs->%(key)s = v.old
