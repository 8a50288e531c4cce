-- feed_enter: gives the contacts of a batch of events their new places in the order of changes
-- in    batch (a Relation of events): contact_id, event_id, data     last: bigint, the highest place so far
--       at: timestamptz
-- out   rows of contacts_contactchange, one per contact; the first that changed comes first
-- A change without an event names its fields; those of other apps ("groups.members") are none of the contact.
WITH batch AS MATERIALIZED (
    SELECT b.contact_id, b.event_id, b.data FROM {batch} b
), relevant AS MATERIALIZED (
    SELECT b.contact_id
      FROM batch b
     WHERE b.event_id IS NOT NULL
        OR b.data IS NULL
        OR jsonb_array_length(b.data->'fields') = 0
        OR EXISTS (SELECT 1 FROM jsonb_array_elements_text(b.data->'fields') AS f (name)
                    WHERE f.name NOT LIKE '%%.%%' OR f.name LIKE 'attrs.%%')
), changed AS MATERIALIZED (
    SELECT DISTINCT contact_id FROM relevant WHERE contact_id IS NOT NULL
     UNION
    SELECT c.id FROM contacts_contact c
     WHERE c.deleted_at IS NULL AND EXISTS (SELECT 1 FROM relevant r WHERE r.contact_id IS NULL)
), numbered AS MATERIALIZED (
    SELECT contact_id, %(last)s::bigint + row_number() OVER (ORDER BY contact_id) AS seq FROM changed
)
INSERT INTO contacts_contactchange (contact_id, seq, at)
SELECT contact_id, seq, %(at)s FROM numbered
ON CONFLICT (contact_id) DO UPDATE SET seq = excluded.seq, at = excluded.at
