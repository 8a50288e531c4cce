"""The columns of the list: what each contains, how wide it is, and which are hidden first on narrow screens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.rules.labels import field_id_of, field_key
from quen.apps.contacts.types import FieldFormat, Gender
from quen.core import provinces
from quen.core.dates import PartialDate

#: keys of each member's preferences
COLUMNS_PREFERENCE, SORT_PREFERENCE, SIZE_PREFERENCE = "contacts.columns", "contacts.sort", "contacts.size"
MAX_COLUMNS = 14


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of the list. kind: the component of its cells.  width: in rem.

    rank: the higher, the sooner it is hidden.  sort: its key in list.paging.SORT_COLUMNS.
    card: its slot on the three-line card of a phone, "" for none.
    """

    key: str
    label: str | Promise
    kind: str = "text"
    width: int = 9
    rank: int = 3
    sort: str = ""
    right: bool = False
    card: str = ""


_SYSTEM_COLUMNS = (
    ListColumn("phone", _("Phone"), "phone", 8, 1, card="phone"),
    ListColumn("email", _("Email"), "text", 14, 2),
    ListColumn("status", _("Status"), "status", 9, 1, card="status"),
    ListColumn("tags", _("Tags"), "tags", 11, 3, card="tags"),
    ListColumn("spent", _("Total spent"), "money", 8, 1, sort="spent", right=True, card="spent"),
    ListColumn("orders", pgettext_lazy("number of orders", "Orders"), "number", 5, 2, right=True),
    ListColumn("activity", _("Activity"), "time_ago", 8, 1, sort="activity", right=True, card="activity"),
    ListColumn("province", _("Province/city"), "text", 9, 3),
    ListColumn("address", _("Address"), "text", 15, 4),
    ListColumn("source", _("Source"), "text", 11, 3),
    ListColumn("member_since", _("Member since"), "day", 8, 3, right=True),
    ListColumn("created", _("Created"), "day", 8, 3, sort="created", right=True),
    ListColumn("birth", _("Date of birth"), "day", 8, 3, right=True),
    ListColumn("gender", _("Gender"), "text", 6, 4),
    ListColumn("company", _("Company"), "text", 12, 4),
    ListColumn("last_order", _("Last order"), "day", 8, 4, right=True),
)
SYSTEM_COLUMNS: Mapping[str, ListColumn] = MappingProxyType(
    {column.key: column for column in _SYSTEM_COLUMNS}
)
DEFAULT_COLUMNS = ("phone", "status", "tags", "spent", "orders", "activity")
_KINDS: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {
        FieldFormat.NUMBER.value: ("number", True),
        FieldFormat.DATE.value: ("day", True),
        FieldFormat.DATE_TIME.value: ("instant", True),
        FieldFormat.PHONE.value: ("phone", False),
    }
)

#: width of the name and the checkbox, in rem
_NAME_WIDTH = 15
#: complete class names, so that the build finds them (templates/contacts/list/body.html names them too)
_HIDE_CLASSES: Mapping[int, str] = MappingProxyType(
    {
        24: "@max-[24rem]:md:hidden",
        28: "@max-[28rem]:md:hidden",
        32: "@max-[32rem]:md:hidden",
        36: "@max-[36rem]:md:hidden",
        40: "@max-[40rem]:md:hidden",
        44: "@max-[44rem]:md:hidden",
        50: "@max-[50rem]:md:hidden",
        56: "@max-[56rem]:md:hidden",
        62: "@max-[62rem]:md:hidden",
        68: "@max-[68rem]:md:hidden",
        74: "@max-[74rem]:md:hidden",
        80: "@max-[80rem]:md:hidden",
        88: "@max-[88rem]:md:hidden",
        96: "@max-[96rem]:md:hidden",
        112: "@max-[112rem]:md:hidden",
        128: "@max-[128rem]:md:hidden",
        160: "@max-[160rem]:md:hidden",
        192: "@max-[192rem]:md:hidden",
    }
)


@dataclass(frozen=True, slots=True)
class VisibleColumn:
    """A column in the chosen order; ``hide_class`` hides it where the list is too narrow for it."""

    column: ListColumn
    hide_class: str


@dataclass(frozen=True, slots=True)
class ListCell:
    """A value with its component. card: whether the phone's card has a slot for it."""

    kind: str
    card: bool
    hide_class: str
    value: Any


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact of the list."""

    contact: Contact
    name: str
    position: int
    cells: tuple[ListCell, ...]


def all_columns(fields: Iterable[Field]) -> dict[str, ListColumn]:
    """Return all columns by key: the system's, then one per custom field."""
    own = {}
    for field in fields:
        kind, right = _KINDS.get(field.format, ("text", False))
        own[field_key(field.pk)] = ListColumn(field_key(field.pk), field.name, kind, 10, 4, right=right)
    return {**SYSTEM_COLUMNS, **own}


def chosen_columns(keys: Any, fields: Iterable[Field]) -> list[ListColumn]:
    """Return the member's columns in their order; the default ones when none of the keys is known."""
    known = all_columns(fields)
    contact_filter = [key for key in keys if key in known] if isinstance(keys, list | tuple) else []
    return [known[key] for key in dict.fromkeys(contact_filter or DEFAULT_COLUMNS)][:MAX_COLUMNS]


def with_breakpoints(columns: Sequence[ListColumn]) -> list[VisibleColumn]:
    """Return the columns with the width of the list below which each is hidden, the least important first."""
    widths: dict[str, str] = {}
    taken = _NAME_WIDTH
    for column in sorted(columns, key=lambda column: column.rank):
        taken += column.width
        widths[column.key] = _HIDE_CLASSES[next((step for step in _HIDE_CLASSES if step >= taken), 192)]
    return [VisibleColumn(column, widths[column.key]) for column in columns]


def build_row(
    contact: Contact,
    visible: Sequence[VisibleColumn],
    *,
    tags: Sequence[str],
    position: int,
    badges: Mapping[int, Any],
) -> ContactRow:
    """Return a row of the list. badges: the rendered badge of each status."""
    cells = tuple(
        ListCell(
            each.column.kind,
            bool(each.column.card),
            each.hide_class,
            badges[contact.status] if each.column.kind == "status" else _value(contact, each.column, tags),
        )
        for each in visible
    )
    return ContactRow(contact=contact, name=str(contact), position=position, cells=cells)


def _value(contact: Contact, column: ListColumn, tags: Sequence[str]) -> Any:
    number = field_id_of(column.key)
    if number is not None:
        return _custom(contact.attrs.get(str(number)), column.kind)
    match column.key:
        case "tags":
            return tags
        case "orders":
            return contact.orders_count
        case "activity":
            return contact.last_activity_at
        case "province":
            return province_of(contact)
        case "address":
            return ", ".join(filter(None, (contact.address_line, contact.ward)))
        case "source":
            return contact.first_source.name if contact.first_source else ""
        case "created":
            return contact.created_at
        case "birth":
            return birth_of(contact)
        case "gender":
            return Gender(contact.gender).label if contact.gender else ""
        case "last_order":
            return contact.last_order_at
        case _:
            return getattr(contact, column.key)


def province_of(contact: Contact) -> str:
    """Return the current province of a contact, else the city as typed."""
    return provinces.NEW[contact.province].name if contact.province in provinces.NEW else contact.city


def birth_of(contact: Contact) -> date | PartialDate | None:
    """Return the date of birth, or a date without a year."""
    if contact.birth_on is not None or not contact.birth_day:
        return contact.birth_on
    return PartialDate(None, contact.birth_day // 100, contact.birth_day % 100)


def _custom(value: Any, kind: str) -> Any:
    if isinstance(value, bool):
        return _now("Yes") if value else _now("No")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    try:
        if kind == "day" and value:
            return date.fromisoformat(value)
        if kind == "instant" and value:
            return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return str(value)
    return value
