"""Contacts as rows of a spreadsheet, under headings that an import recognises (R-25)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from quen.apps.contacts import registry
from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.registry import ExportColumn
from quen.core import sql
from quen.core.sql import Relation

BATCH_SIZE = 2_000


def export_rows(
    contacts: Relation, *, zone: ZoneInfo, batch_size: int = BATCH_SIZE
) -> Iterator[Sequence[Any]]:
    """Yield the heading row, then one row per contact, read from the server in batches.

    contacts: Relation with the column contact_id. Columns: those registered, then the workspace's custom fields.
    """
    fields = Field.objects.filter(archived_at=None).order_by("position", "id")
    columns = [*registry.export_columns(), *map(_custom_column, fields)]
    yield [str(column.label) for column in columns]
    for ids in _batches(contacts, batch_size):
        yield from _rows(ids, columns, zone)


def _batches(contacts: Relation, size: int) -> Iterator[list[int]]:
    """Yield the ids of contacts that are not deleted, in order, from a cursor of the server."""
    statement = sql.compose(sql.text("contacts/export"), contacts=contacts)
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement.text, dict(statement.params))
        while found := cursor.fetchmany(size):
            yield [contact_id for (contact_id,) in found]


def _rows(ids: Sequence[int], columns: Sequence[ExportColumn], zone: ZoneInfo) -> list[list[Any]]:
    found = Contact.objects.defer("search").in_bulk(ids)
    contacts = [found[contact_id] for contact_id in ids if contact_id in found]
    with timezone.override(zone):
        values = [column.values(contacts) for column in columns]
    return [[each.get(contact.pk, "") for each in values] for contact in contacts]


def _custom_column(field: Field) -> ExportColumn:
    key = str(field.pk)
    return ExportColumn(
        f"f{key}",
        field.name,
        lambda contacts: {contact.pk: _custom(contact.attrs.get(key)) for contact in contacts},
    )


def _custom(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return ", ".join(map(str, value)) if isinstance(value, list) else value
