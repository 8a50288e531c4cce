"""Contacts as rows of a spreadsheet, under headings that an import recognises (R-25)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext as _

from quen.apps.contacts.models import Field
from quen.apps.contacts.types import Gender, Status
from quen.core import phones, provinces, sql
from quen.core.sql import Relation

_SELECT = """
SELECT c.full_name, c.phone, c.email, c.birth_on, c.gender, c.address_line, c.ward, c.district,
       c.city, c.province, c.country, c.company, c.status,
       (SELECT string_agg(t.name, ', ' ORDER BY t.name) FROM contacts_contacttag ct
          JOIN contacts_tag t ON t.id = ct.tag_id WHERE ct.contact_id = c.id),
       c.spent, c.orders_count, c.member_since, c.note, c.attrs
  FROM contacts_contact c
 WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
 ORDER BY c.id
"""
_BATCH = 2_000
#: a spreadsheet would run a cell that begins with one of these as a formula
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: byte order mark: Excel then reads the file as UTF-8
_BOM = "\ufeff"


class _Echo:
    """Returns what the csv module writes."""

    def write(self, line: str) -> str:
        return line


def as_csv(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file; cells that a spreadsheet would run as a formula are quoted."""
    writer = csv.writer(_Echo())
    yield _BOM
    for row in rows:
        yield writer.writerow([_escape_formula(cell) for cell in row])


def _escape_formula(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def export_rows(contacts: Relation, *, zone: ZoneInfo) -> Iterator[Sequence[Any]]:
    """Yield the heading row, then one row per contact, read from the server in batches.

    contacts: Relation with the column contact_id. Phones are written 0…, dates dd/mm/yyyy in the workspace's zone.
    """
    fields = list(Field.objects.filter(archived_at=None).order_by("position", "id"))
    yield [
        _("Full name"), _("Phone"), _("Email"), _("Date of birth"), _("Gender"), _("Address"), _("Ward/commune"),
        _("District (before 2025)"), _("Province/city"), _("Country"), _("Company"), _("Status"), _("Tags"),
        _("Total spent"), _("Total orders"), _("Member since"), _("Note"), *(field.name for field in fields),
    ]  # fmt: skip
    statement = sql.compose(_SELECT, contacts=contacts)
    with transaction.atomic():
        connection.ensure_connection()
        with connection.cursor() as warm:
            warm.execute("SELECT 1")
        with connection.connection.cursor(name="contacts_export") as cursor:
            cursor.itersize = _BATCH
            cursor.execute(statement.text, dict(statement.params))
            for row in cursor:
                yield _export_row(row, fields, zone)


def _export_row(row: tuple[Any, ...], fields: Sequence[Field], zone: ZoneInfo) -> list[Any]:
    (name, phone, email, born, gender, line, ward, district, city, province, country, company, status, tags, spent,
     orders, since, note, attrs) = row  # fmt: skip
    # Django returns jsonb as text outside its own models.
    current = json.loads(attrs) if isinstance(attrs, str) else attrs
    place = city or (provinces.NEW[province].name if province in provinces.NEW else "")
    return [
        name, phones.display(phone) if phone else "", email or "", f"{born:%d/%m/%Y}" if born else "",
        str(Gender(gender).label) if gender else "", line, ward, district, place, country, company,
        str(Status(status).label), tags or "", _number(spent), orders, _day(since, zone), note,
        *(_custom(current.get(str(field.pk))) for field in fields),
    ]  # fmt: skip


def _number(amount: Any) -> Any:
    return int(amount) if amount == amount.to_integral_value() else amount


def _day(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%d/%m/%Y}"


def _custom(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return ", ".join(map(str, value)) if isinstance(value, list) else value
