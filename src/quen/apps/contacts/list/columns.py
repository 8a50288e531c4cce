"""The columns of the list: the registered ones and the workspace's custom fields, as a table for ``ui_list``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.registry import ListColumn
from quen.apps.contacts.rules import identifiers
from quen.apps.contacts.rules.birthdays import stored_birthday
from quen.apps.contacts.rules.labels import field_key
from quen.apps.contacts.types import FieldFormat, Gender, Status
from quen.core import provinces
from quen.core.paging import SortColumn, amount, instant, word
from quen.ui import icons, lists

MAX_COLUMNS = 14
DEFAULT_SORT = "-activity"
#: width of the name and the checkbox, in rem
_NAME_WIDTH = 15
#: the order of the title column, which is always shown
_NAME_SORT = SortColumn("sort_key", word)


def register() -> None:
    """Register the columns of the contacts app."""
    for column in _COLUMNS:
        registry.register_list_column(column)


def available(fields: Iterable[Field]) -> dict[str, ListColumn]:
    """Return all columns by key: the registered ones, then one per custom field."""
    columns = [*registry.list_columns(), *map(_custom_column, fields)]
    return {column.key: column for column in columns}


def chosen(keys: Any, fields: Iterable[Field]) -> list[ListColumn]:
    """Return the columns of the given keys in their order; the default ones when none of the keys is known."""
    known = available(fields)
    wanted = [key for key in keys if key in known] if isinstance(keys, list | tuple) else []
    defaults = [key for key, column in known.items() if column.default]
    return [known[key] for key in dict.fromkeys(wanted or defaults)][:MAX_COLUMNS]


def sort_columns() -> dict[str, SortColumn]:
    """Return what the list can be sorted by."""
    return {"name": _NAME_SORT} | {
        column.key: column.sort for column in registry.list_columns() if column.sort is not None
    }


def sort_labels() -> list[tuple[str, registry.Text]]:
    """Return the choices of an order with their labels."""
    names = [("name", _("Name, A to Z")), ("-name", _("Name, Z to A"))]
    return [*names, *(pair for column in registry.list_columns() for pair in column.sort_labels)]


def table_columns(columns: Sequence[ListColumn], *, currency: str) -> list[lists.Column]:
    """Return the title column and the given ones. Narrow lists hide the columns with the highest rank first."""
    min_widths: dict[str, int] = {}
    taken = _NAME_WIDTH
    for column in sorted(columns, key=lambda column: column.rank):
        taken += column.width
        min_widths[column.key] = next(
            (step for step in lists.MIN_WIDTHS if step >= taken), lists.MIN_WIDTHS[-1]
        )
    title = lists.Column("name", _("Customer"), "title", sort="name", phone="title", width="w-[26%]")
    return [title, *(_table_column(column, min_widths[column.key], currency) for column in columns)]


def table_rows(
    contacts: Sequence[Contact],
    columns: Sequence[ListColumn],
    *,
    list_path: str,
    first: int,
    query: str = "",
    matches: Mapping[int, queries.Match] = MappingProxyType({}),
    may_edit: bool = False,
) -> list[lists.Row]:
    """Return a row per contact. first: position of the first one in the list.  matches: what the query found.

    may_edit: with a pencil at the end of each row (CON-50).
    """
    values = [column.values(contacts) if contacts else {} for column in columns]
    searched = f"&{urlencode({'q': query})}" if query else ""
    return [
        lists.Row(
            key=contact.pk,
            name=str(contact),
            href=f"{list_path}{contact.pk}/",
            drawer=f"{list_path}{contact.pk}/drawer/?place={position}{searched}",
            actions=_pencil(contact, list_path) if may_edit else "",
            cells=[_title(contact, matches.get(contact.pk)), *(each.get(contact.pk) for each in values)],
        )
        for position, contact in enumerate(contacts, start=first)
    ]


def _pencil(contact: Contact, list_path: str) -> SafeString:
    label = _now("Edit %(name)s") % {"name": contact}
    return format_html(
        '<a class="btn-icon max-md:hidden" href="{}" aria-label="{}" title="{}">{}</a>',
        f"{list_path}{contact.pk}/edit/",
        label,
        label,
        icons.svg("pencil"),
    )


def _title(contact: Contact, match: queries.Match | None) -> lists.Title:
    if contact.restricted_at is not None:
        return lists.Title(str(contact), _now("Data restricted"), avatar=True)
    if match is None:
        return lists.Title(str(contact), avatar=True)
    return lists.Title(str(contact), match.marked_notes, avatar=True, marked=match.marked_name)


def _table_column(column: ListColumn, min_width: int, currency: str) -> lists.Column:
    is_money = column.cell == "money"
    return lists.Column(
        column.key,
        f"{column.label}, {currency}" if is_money else column.label,
        column.cell,
        sort=column.key if column.sort is not None else "",
        descending_first=column.sort is not None,
        min_width=min_width,
        phone=column.phone,
        unit=currency if is_money else "",
    )


# The columns of this app


def province_of(contact: Contact) -> str:
    """Return the current province of a contact, else the city as typed."""
    return provinces.NEW[contact.province].name if contact.province in provinces.NEW else contact.city


def birth_of(contact: Contact) -> str:
    """Return the date of birth as it is said: without a year when that is unknown, with “lunar” for a lunar one."""
    return queries.annual_day_text(
        stored_birthday(contact.birth_on, contact.birth_day, is_lunar=contact.birth_is_lunar)
    )


def status_of(contact: Contact) -> lists.StatusLabel:
    """Return a contact's status as a cell shows it."""
    tone, icon, faint = _STATUS_STYLES[Status(contact.status)]
    return lists.StatusLabel(str(Status(contact.status).label), tone, icon, faint)


_STATUS_STYLES = {
    Status.SUBSCRIBED: ("good", "circle-check", False),
    Status.NON_SUBSCRIBED: ("", "circle-dashed", False),
    Status.UNSUBSCRIBED: ("bad", "circle-slash", False),
    Status.SAVED: ("", "archive", True),
}


def _each(value: Callable[[Contact], Any]) -> registry.Values:
    """Return the values that a function reads from each contact, without a query."""
    return lambda contacts: {contact.pk: value(contact) for contact in contacts}


def _identifiers(key: str) -> registry.Values:
    """Return the codes, further phones or emails of contacts; the columns of a page share one query."""
    system = identifiers.SYSTEMS[key]
    return lambda contacts: {
        pk: identifiers.typed_identifiers(key, found.get(system, []))
        for pk, found in queries.identifiers_of_page(contacts).items()
    }


_COLUMNS = (
    ListColumn("phone", _("Phone"), _each(lambda c: c.phone), "phone", 8, 1, phone="note", default=True),
    ListColumn("email", _("Email"), _each(lambda c: c.email), width=14, rank=2),
    *(
        ListColumn(key, label, _identifiers(key), width=11, rank=4)
        for key, label in identifiers.LABELS.items()
    ),
    ListColumn("status", _("Status"), _each(status_of), "state", 9, 1, phone="foot", default=True),
    ListColumn(
        "tags",
        _("Tags"),
        lambda contacts: queries.tags_of_many([contact.pk for contact in contacts]),
        "tags",
        11,
        phone="foot-side",
        default=True,
    ),
    ListColumn(
        "spent",
        _("Total spent"),
        # Without an order nothing is known about their spend: no 0 that looks like a fact.
        _each(lambda c: c.spent if c.orders_count else None),
        "money",
        8,
        1,
        phone="note-side",
        sort=SortColumn("spent", amount),
        sort_labels=(("-spent", _("Highest spend first")),),
        default=True,
    ),
    ListColumn(
        "orders",
        pgettext_lazy("number of orders", "Orders"),
        _each(lambda c: c.orders_count or None),
        "number",
        5,
        2,
        default=True,
    ),
    ListColumn(
        "activity",
        _("Activity"),
        _each(lambda c: c.last_activity_at),
        "time_ago",
        8,
        1,
        phone="side",
        sort=SortColumn("last_activity_at", instant),
        sort_labels=(("-activity", _("Latest activity first")),),
        default=True,
    ),
    ListColumn("province", _("Province/city"), _each(province_of)),
    ListColumn(
        "address",
        _("Address"),
        _each(lambda c: ", ".join(filter(None, (c.address_line, c.ward)))),
        width=15,
        rank=4,
    ),
    ListColumn(
        "source", _("Source"), _each(lambda c: c.first_source.name if c.first_source else ""), width=11
    ),
    ListColumn("member_since", _("Member since"), _each(lambda c: c.member_since), "day", 8),
    ListColumn(
        "created",
        _("Created"),
        _each(lambda c: c.created_at),
        "day",
        8,
        sort=SortColumn("created_at", instant),
        sort_labels=(("-created", _("Newest first")), ("created", _("Oldest first"))),
    ),
    ListColumn("birth", _("Date of birth"), _each(birth_of), width=9),
    ListColumn(
        "gender", _("Gender"), _each(lambda c: Gender(c.gender).label if c.gender else ""), width=6, rank=4
    ),
    ListColumn("company", _("Company"), _each(lambda c: c.company), width=12, rank=4),
    ListColumn("last_order", _("Last order"), _each(lambda c: c.last_order_at), "day", 8, 4),
    ListColumn("opening_spent", _("Previously spent"), _each(lambda c: c.opening_spent), "money", 8, 4),
    ListColumn("opening_orders", _("Previous orders"), _each(lambda c: c.opening_orders), "number", 6, 4),
)


# Custom fields

_CELLS: Mapping[str, str] = MappingProxyType(
    {
        FieldFormat.NUMBER.value: "number",
        FieldFormat.DATE.value: "day",
        FieldFormat.DATE_TIME.value: "instant",
        FieldFormat.PHONE.value: "phone",
    }
)


def _custom_column(field: Field) -> ListColumn:
    cell, key = _CELLS.get(field.format, "text"), str(field.pk)
    if field.format == FieldFormat.SPECIAL_DAY:
        days = _each(lambda contact: queries.special_day_text(contact.attrs.get(key)))
        return ListColumn(field_key(field.pk), field.label, days, cell, 10, 4)
    words = field.options.in_words if field.has_options else lambda value: value
    values = _each(lambda contact: _custom_value(words(contact.attrs.get(key)), cell))
    return ListColumn(field_key(field.pk), field.label, values, cell, 10, 4)


def _custom_value(value: Any, cell: str) -> Any:
    if isinstance(value, bool):
        return _now("Yes") if value else _now("No")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    try:
        if cell == "day" and value:
            return date.fromisoformat(value)
        if cell == "instant" and value:
            return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return str(value)
    return value
