-- demographics: figures of a set of contacts, whole and by gender, age band and province
-- in    contacts: contact_id     today: date     bands: int[], ages at which a band begins
--       consents, counts, age: SQL, the columns of consent, one count per channel, years, written into the statement
-- out   grouping of gender, band, province; gender, band, province; contacts, orders, spent, buyers, last order,
--       one number per channel                          one row per group, one for the whole set
-- uses  contact_covering, index-only; 0.8 s for 480,000 contacts
SELECT grouping(gender), grouping(band), grouping(province), gender, band, province,
       count(*), coalesce(sum(orders_count), 0), coalesce(sum(spent), 0),
       count(*) FILTER (WHERE orders_count > 0), max(last_order_at), {counts}
  FROM (SELECT c.gender, c.province, c.orders_count, c.spent, c.last_order_at, c.status, {consents},
               width_bucket({age}, %(bands)s::int[]) AS band
          FROM contacts_contact c
         WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)) c
 GROUP BY GROUPING SETS ((), (gender), (band), (province))
