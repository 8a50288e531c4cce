"""Contacts with what they may be recognised by, for the apps that compare them with each other."""

from __future__ import annotations

from quen.apps.contacts.models import Field
from quen.apps.contacts.types import FieldFormat
from quen.core import sql
from quen.core.sql import Relation
from quen.core.text import folded_in_sql

COLUMNS = (
    "contact_id",
    "full_name",
    "words",
    "gender",
    "salutation",
    "birth_on",
    "birth_is_lunar",
    "province",
    "address",
    "phones",
    "emails",
)


def people_to_compare(contacts: Relation) -> Relation:
    """Return who the contacts of a Relation are, those that are not deleted; see COLUMNS.

    words: of the name, folded.  address: the address line, folded.  phones, emails: main and further ones, and those in
    custom fields of these formats.
    """
    formats = dict.fromkeys((FieldFormat.PHONE, FieldFormat.EMAIL), ())
    fields = Field.objects.filter(format__in=formats, archived_at=None).values_list("format", "pk")
    keys = {each: [str(pk) for kind, pk in fields if kind == each] for each in formats}
    address = folded_in_sql("c.address_line")
    found = sql.compose(
        f"""
        WITH mine AS MATERIALIZED (
            SELECT i.contact_id,
                   array_agg(i.external_id) FILTER (WHERE i.system = 'phone') AS phones,
                   array_agg(i.external_id) FILTER (WHERE i.system = 'email') AS emails
              FROM contacts_contactidentity i
             WHERE i.system IN ('phone', 'email') AND i.deleted_at IS NULL
               AND i.contact_id IN (SELECT contact_id FROM {{contacts}} p)
             GROUP BY i.contact_id
        )
        SELECT c.id AS contact_id, c.full_name,
               ARRAY(SELECT substr(w, 2) FROM unnest(string_to_array(c.search, ' ')) w WHERE w LIKE '=_%%') AS words,
               c.gender, c.salutation, c.birth_on, c.birth_is_lunar, c.province, {address} AS address,
               array_remove(ARRAY[c.phone::text] || mine.phones::text[]
                            || ARRAY(SELECT c.attrs ->> f FROM unnest(%(phones)s::text[]) f), NULL) AS phones,
               array_remove(ARRAY[c.email::text] || mine.emails::text[]
                            || ARRAY(SELECT c.attrs ->> f FROM unnest(%(emails)s::text[]) f), NULL) AS emails
          FROM contacts_contact c LEFT JOIN mine ON mine.contact_id = c.id
         WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {{contacts}} p)
        """,
        contacts=contacts,
        phones=keys[FieldFormat.PHONE],
        emails=keys[FieldFormat.EMAIL],
    )
    return Relation(found.text, found.params, COLUMNS)


def all_contact_ids() -> Relation:
    """Return every contact that is not deleted, column contact_id."""
    return Relation(
        "SELECT c.id AS contact_id FROM contacts_contact c WHERE c.deleted_at IS NULL", {}, ("contact_id",)
    )
