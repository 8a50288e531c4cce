-- upsert_dry_run_copy_tags: copies the tags of contacts for a dry run
-- in    new: bigint[]
-- out   rows of the copy
INSERT INTO upsert_dry_run_contacttag (contact_id, tag_id)
SELECT contact_id, tag_id
  FROM contacts_contacttag
 WHERE contact_id = ANY(%(new)s::bigint[])
