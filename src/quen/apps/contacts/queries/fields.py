"""Custom fields, and the settings of contacts."""

from __future__ import annotations

from collections.abc import Sequence

from quen.apps.contacts.models import Contact, ContactSettings, Field
from quen.apps.contacts.types import FieldFormat
from quen.core import sql
from quen.core.errors import NotFound
from quen.core.sql import Relation


def age_field_id(settings: ContactSettings | None = None) -> int | None:
    """Return the number field with the age of contacts whose date of birth is unknown, if one is set (R-04).

    settings: as of contact_settings, read when they are needed.
    """
    field = (settings or contact_settings()).age_field
    usable = field is not None and field.archived_at is None and field.format == FieldFormat.NUMBER
    return field.pk if field is not None and usable else None


def contact_settings() -> ContactSettings:
    """Return the workspace's settings of contacts; unsaved defaults when nothing was ever set."""
    return ContactSettings.objects.select_related("age_field").order_by("pk").first() or ContactSettings()


def active_fields() -> list[Field]:
    """Return the custom fields in use, by position."""
    return list(Field.objects.filter(archived_at=None))


def archived_fields() -> list[Field]:
    """Return archived custom fields."""
    return list(Field.objects.exclude(archived_at=None))


def all_fields() -> dict[int, Field]:
    """Return all custom fields by id, archived ones included."""
    return Field.objects.in_bulk()


def field_names() -> dict[int, str]:
    """Return the names of all custom fields by id, archived ones included."""
    return {field.pk: field.label for field in Field.objects.all()}


def get_field(field_id: int) -> Field:
    """Return a custom field. Raises NotFound."""
    found = Field.objects.filter(pk=field_id).first()
    if found is None:
        raise NotFound()
    return found


def count_values(field: Field) -> int:
    """Return the number of contacts with a value in a custom field, deleted ones included."""
    return Contact.all_objects.filter(attrs__has_key=str(field.pk)).count()


def contacts_with_option(field: Field, ids: Sequence[str]) -> Relation:
    """Return the contacts who have one of some options, by what is stored, as contact_id."""
    return Relation(
        "SELECT id AS contact_id FROM contacts_contact"
        " WHERE deleted_at IS NULL AND attrs -> %(key)s ?| %(ids)s::text[]",
        {"key": str(field.pk), "ids": list(ids)},
        ("contact_id",),
    )


def option_counts(field: Field) -> dict[str, int]:
    """Return the number of contacts who have an option, by what is stored; deleted contacts are not counted."""
    statement = Relation(
        "SELECT chosen, count(*) FROM contacts_contact, jsonb_array_elements_text("
        " CASE jsonb_typeof(attrs -> %(key)s) WHEN 'array' THEN attrs -> %(key)s"
        " ELSE jsonb_build_array(attrs -> %(key)s) END) AS chosen"
        " WHERE deleted_at IS NULL AND attrs ? %(key)s GROUP BY chosen",
        {"key": str(field.pk)},
    )
    return dict(sql.rows(statement))


def value_counts() -> dict[int, int]:
    """Return the number of contacts with a value, by field id."""
    statement = Relation(
        "SELECT key::bigint, count(*) FROM contacts_contact, jsonb_object_keys(attrs) AS key"
        " WHERE deleted_at IS NULL AND attrs <> '{}' GROUP BY key"
    )
    return dict(sql.rows(statement))
