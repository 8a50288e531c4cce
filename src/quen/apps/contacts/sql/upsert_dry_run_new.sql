-- upsert_dry_run_new: the contacts that a batch of a dry run is about and that no earlier batch has copied
-- in    known: bigint[], contacts found by what the contact itself holds
-- out   id; those found by an identity too
SELECT k.id
  FROM (SELECT unnest(%(known)s::bigint[]) AS id
         UNION
        SELECT i.contact_id
          FROM (SELECT system, external_id FROM upsert_row_identity
                 UNION SELECT system, external_id FROM {secondary}) x
          JOIN upsert_dry_run_contactidentity i
            ON i.system = x.system AND i.external_id = x.external_id AND i.deleted_at IS NULL) k
 WHERE k.id > 0 AND NOT EXISTS (SELECT 1 FROM upsert_dry_run_contact c WHERE c.id = k.id)
