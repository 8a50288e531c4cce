-- upsert_addresses: adds further addresses to the contacts of rows, those that they do not have yet, in their order
-- in    pass: smallint   now: timestamptz   change: bigint, the import, or null
--       rows: bigint[]   countries, provinces, provinces_before, cities, districts, wards, lines: text[], as long as rows
-- out   rows of contacts_contactaddress
WITH wanted AS MATERIALIZED (
    SELECT m.contact_id, x.*
      FROM unnest(%(rows)s::bigint[], %(countries)s::text[], %(provinces)s::text[], %(provinces_before)s::text[],
                  %(cities)s::text[], %(districts)s::text[], %(wards)s::text[], %(lines)s::text[])
           WITH ORDINALITY
           AS x (row, country, province, province_before, city, district, ward, address_line, place)
      JOIN {contacts} m ON m.row = x.row
     WHERE m.pass = %(pass)s AND m.contact_id IS NOT NULL{unambiguous}),
once AS MATERIALIZED (
    SELECT DISTINCT ON (contact_id, address_line, ward, district, city, country) *
      FROM wanted
     ORDER BY contact_id, address_line, ward, district, city, country, place),
fresh AS MATERIALIZED (
    SELECT o.*
      FROM once o
     WHERE NOT EXISTS (
            SELECT 1 FROM contacts_contactaddress a
             WHERE a.contact_id = o.contact_id AND (a.address_line, a.ward, a.district, a.city, a.country)
                   = (o.address_line, o.ward, o.district, o.city, o.country))
       AND NOT EXISTS (
            SELECT 1 FROM contacts_contact c
             WHERE c.id = o.contact_id AND (c.address_line, c.ward, c.district, c.city, c.country)
                   = (o.address_line, o.ward, o.district, o.city, o.country)))
INSERT INTO contacts_contactaddress
       (contact_id, country, province, province_before, city, district, ward, address_line, change_id, created_at)
SELECT contact_id, country, province, province_before, city, district, ward, address_line,
       %(change)s::bigint, %(now)s::timestamptz
  FROM fresh
 ORDER BY place
