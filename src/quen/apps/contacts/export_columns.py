"""The export's columns of this app. Their headings are words that an import recognises (R-25)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import Contact
from quen.apps.contacts.registry import ExportColumn
from quen.apps.contacts.rules import identifiers
from quen.apps.contacts.rules.birthdays import stored_birthday
from quen.apps.contacts.types import Gender, Status
from quen.core import phones, provinces


def register() -> None:
    """Register the columns, in the order of the file."""
    for column in _COLUMNS:
        registry.register_export_column(column)


def _each(value: Callable[[Contact], Any]) -> registry.Values:
    """Return the values that a function reads from each contact, without a query."""
    return lambda contacts: {contact.pk: value(contact) for contact in contacts}


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _birthday(contact: Contact) -> str:
    """Return the birthday as an import reads it: 17/07/1990, 17/07, or “17/07/1990 âm lịch” in the lunar calendar."""
    born = stored_birthday(contact.birth_on, contact.birth_day, is_lunar=contact.birth_is_lunar)
    if born is None:
        return ""
    return f"{born.typed()} âm lịch" if born.lunar else born.typed()


def _number(amount: Decimal) -> int | Decimal:
    return int(amount) if amount == amount.to_integral_value() else amount


def _opening(amount: Decimal | int | None) -> int | Decimal | str:
    return "" if amount is None else _number(Decimal(amount))


def _identifiers(key: str) -> registry.Values:
    """Return the codes, further phones or emails of contacts; the columns of a page share one query."""
    system = identifiers.SYSTEMS[key]
    return lambda contacts: {
        pk: identifiers.typed_identifiers(key, found.get(system, []))
        for pk, found in queries.identifiers_of_page(contacts).items()
    }


def _place(contact: Contact) -> str:
    known = provinces.NEW.get(contact.province)
    return contact.city or (known.name if known else "")


def _tags(contacts: Sequence[Contact]) -> Mapping[int, Any]:
    names = queries.tags_of_many([contact.pk for contact in contacts])
    return {contact_id: ", ".join(tags) for contact_id, tags in names.items()}


_COLUMNS = (
    ExportColumn("full_name", _("Full name"), _each(lambda c: c.full_name)),
    ExportColumn("phone", _("Phone"), _each(lambda c: phones.display(c.phone) if c.phone else "")),
    ExportColumn("email", _("Email"), _each(lambda c: c.email or "")),
    *(ExportColumn(key, label, _identifiers(key)) for key, label in identifiers.LABELS.items()),
    ExportColumn("birth", _("Date of birth"), _each(_birthday)),
    ExportColumn("gender", _("Gender"), _each(lambda c: str(Gender(c.gender).label) if c.gender else "")),
    ExportColumn("address_line", _("Address"), _each(lambda c: c.address_line)),
    ExportColumn("ward", _("Ward/commune"), _each(lambda c: c.ward)),
    ExportColumn("district", _("District (before 2025)"), _each(lambda c: c.district)),
    ExportColumn("province", _("Province/city"), _each(_place)),
    ExportColumn("country", _("Country"), _each(lambda c: c.country)),
    ExportColumn("company", _("Company"), _each(lambda c: c.company)),
    ExportColumn("status", _("Status"), _each(lambda c: str(Status(c.status).label))),
    ExportColumn("tags", _("Tags"), _tags),
    ExportColumn("spent", _("Total spent"), _each(lambda c: _number(c.spent))),
    ExportColumn("orders_count", _("Total orders"), _each(lambda c: c.orders_count)),
    ExportColumn("opening_spent", _("Previously spent"), _each(lambda c: _opening(c.opening_spent))),
    ExportColumn("opening_orders", _("Previous orders"), _each(lambda c: _opening(c.opening_orders))),
    ExportColumn("opening_points", _("Previous points"), _each(lambda c: _opening(c.opening_points))),
    ExportColumn(
        "member_since", _("Member since"), _each(lambda c: _day(timezone.localtime(c.member_since)))
    ),
    ExportColumn("note", _("Note"), _each(lambda c: c.note)),
)
