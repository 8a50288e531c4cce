-- proposed_salutations: how contacts without a form of address could be addressed (CON-69)
-- in    contacts: contact_id     today: date     age_field: the id of the field with an age in years, or ''
--       young_form, young_below, aunt_from, elder_from: the style of the shop, see ContactSettings
-- out   contact_id, salutation, certainty (2 sure, 1 likely, 0 guess), reason      those that have a proposal
-- Who has no call name is an organisation, a walk-in customer, or somebody whose given name is not certain.
WITH person AS (
    SELECT c.id, c.full_name, c.gender,
           CASE WHEN c.full_name ~ '^ *([Cc]hị|CHỊ) +[^ ]' THEN 'chị'
                WHEN c.full_name ~ '^ *([Ôô]ng|ÔNG) +[^ ]' THEN 'ông'
                WHEN c.full_name ~ '^ *([Bb]à|BÀ) +[^ ]' THEN 'bà'
                WHEN c.full_name ~ '^ *([Cc]ô|CÔ) +[^ ]' THEN 'cô'
                WHEN c.full_name ~ '^ *([Cc]hú|CHÚ) +[^ ]' THEN 'chú' END AS title,
           CASE WHEN c.birth_on IS NOT NULL THEN extract(year FROM age(%(today)s::timestamp, c.birth_on::timestamp))
                WHEN c.attrs ->> %(age_field)s ~ '^[0-9]{1,3}([.][0-9]+)?$'
                THEN floor((c.attrs ->> %(age_field)s)::numeric) END AS age
      FROM contacts_contact c
     WHERE c.deleted_at IS NULL AND c.salutation = '' AND c.call_name <> ''
       AND c.id IN (SELECT contact_id FROM {contacts} p)
), described AS (
    SELECT id, title, age, gender IN ('male', 'female') AS gender_is_known,
           CASE WHEN gender <> '' THEN gender
                WHEN full_name ~ ' ([Tt]hị|THỊ) .*[^ ]' THEN 'female'
                WHEN full_name ~ ' ([Vv]ăn|VĂN) .*[^ ]' THEN 'male' END AS sex
      FROM person
), proposed AS (
    SELECT id, title, age, gender_is_known,
           CASE WHEN title IS NOT NULL THEN title
                WHEN age < %(young_below)s::int AND %(young_form)s <> '' THEN %(young_form)s
                WHEN sex = 'female' THEN
                    CASE WHEN age >= %(elder_from)s::int THEN 'bà' WHEN age >= %(aunt_from)s::int THEN 'cô' ELSE 'chị' END
                WHEN sex = 'male' THEN
                    CASE WHEN age >= %(elder_from)s::int THEN 'ông' WHEN age >= %(aunt_from)s::int THEN 'chú'
                         ELSE 'anh' END
           END AS salutation
      FROM described
)
SELECT id AS contact_id, salutation,
       CASE WHEN title IS NOT NULL OR salutation = %(young_form)s THEN 2
            WHEN NOT gender_is_known THEN 0
            WHEN age IS NOT NULL THEN 2 ELSE 1 END AS certainty,
       CASE WHEN title IS NOT NULL THEN 'title'
            WHEN salutation = %(young_form)s THEN 'age'
            WHEN NOT gender_is_known THEN 'middle_name'
            WHEN age IS NOT NULL THEN 'gender_and_age' ELSE 'gender' END AS reason
  FROM proposed
 WHERE salutation IS NOT NULL
