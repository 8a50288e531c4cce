"""A page of a list by keyset: never an OFFSET, ties broken by the key, both directions."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from quen.apps.audience import queries as audience
from quen.apps.audience.types import ALL_CONTACTS, EvaluationContext
from quen.apps.contacts.list.filters import ContactFilter, apply_conditions, filtered
from quen.apps.contacts.models import Contact
from quen.core import sql
from quen.core.sql import Relation

SIZES = (25, 50, 100)
#: rows of the order looked at first: 5 ms, and enough for what one person in forty has
SCAN_ROWS = 2_000
#: with so many found in them, one person in three hundred has it: walking on is quicker than gathering
EXTEND_SCAN_FROM = 7
EXTENDED_SCAN_ROWS = 15_000
_MAX_BIGINT = 2**63 - 1


def _instant(raw: Any) -> datetime:
    instant = datetime.fromisoformat(raw)
    if instant.tzinfo is None:
        raise ValueError(raw)
    return instant


def _amount(raw: Any) -> Decimal:
    amount = Decimal(raw)
    if not amount.is_finite():
        raise ValueError(raw)
    return amount


def _string(raw: Any) -> str:
    if not isinstance(raw, str) or "\0" in raw:
        raise ValueError(raw)
    return raw


@dataclass(frozen=True, slots=True)
class SortColumn:
    """A sort column: NOT NULL and indexed with the key, so that a page is a walk along the index."""

    column: str
    parse: Callable[[Any], Any]


SORT_COLUMNS: Mapping[str, SortColumn] = MappingProxyType(
    {
        "name": SortColumn("sort_key", _string),
        "activity": SortColumn("last_activity_at", _instant),
        "created": SortColumn("created_at", _instant),
        "spent": SortColumn("spent", _amount),
    }
)
DEFAULT_SORT = "-activity"


@dataclass(frozen=True, slots=True)
class ListSort:
    """An order and its direction; ``str`` gives what stands in the URL."""

    key: str
    descending: bool

    @classmethod
    def parse(cls, raw: str | None) -> ListSort | None:
        """Read "name" or "-activity"; None for anything else."""
        key = (raw or "").removeprefix("-")
        return cls(key, (raw or "").startswith("-")) if key in SORT_COLUMNS else None

    def __str__(self) -> str:
        return f"-{self.key}" if self.descending else self.key

    @property
    def order(self) -> SortColumn:
        """Give the column."""
        return SORT_COLUMNS[self.key]


@dataclass(frozen=True, slots=True)
class ListCursor:
    """Where a page begins: the row beside it, and that row's place in the list (a hint, counted from 1)."""

    value: Any
    contact_id: int
    position: int

    def __str__(self) -> str:
        raw = json.dumps([str(self.value), self.contact_id, self.position], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, raw: str | None, sorting: ListSort) -> ListCursor | None:
        """Read a cursor of this order; None when it is none, so that a broken link shows the first page."""
        if not raw:
            return None
        try:
            value, contact_id, position = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
            if not (0 <= int(contact_id) <= _MAX_BIGINT and 0 <= int(position) <= _MAX_BIGINT):
                return None
            return cls(sorting.order.parse(value), int(contact_id), int(position))
        except (ValueError, TypeError, InvalidOperation, binascii.Error):
            return None


@dataclass(frozen=True, slots=True)
class ContactPage:
    """People of a page by their ids; ``first`` is the place of the first one. Cursors are None at the ends."""

    ids: tuple[int, ...]
    first: int
    previous: ListCursor | None
    next: ListCursor | None

    @property
    def last(self) -> int:
        """Give the place of the last one, 0 when nobody is here."""
        return self.first + len(self.ids) - 1 if self.ids else 0


def fetch_page(
    contact_filter: ContactFilter,
    context: EvaluationContext,
    *,
    sorting: ListSort,
    size: int,
    after: ListCursor | None = None,
    before: ListCursor | None = None,
) -> ContactPage:
    """Give a page of the people somebody wants, after or before a cursor; the first page without one."""
    cursor = before or after
    backwards = before is not None
    rows = _fetch_rows(contact_filter, context, sorting, backwards=backwards, cursor=cursor, limit=size + 1)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    first = 1
    if before is not None and more:
        first = max(1, before.position - len(rows))
    elif after is not None:
        first = after.position + 1
    has_previous = more if backwards else after is not None and bool(rows)
    has_next = bool(rows) and (backwards or more)
    edge = [ListCursor(value, contact_id, first + number) for number, (contact_id, value) in enumerate(rows)]
    return ContactPage(
        ids=tuple(contact_id for contact_id, _value in rows),
        first=first,
        previous=edge[0] if has_previous and edge else None,
        next=edge[-1] if has_next and edge else None,
    )


def contacts_of(page: ContactPage) -> list[Contact]:
    """Give the people of a page in its order, with their first source."""
    contacts = Contact.objects.select_related("first_source").defer("search", "note").in_bulk(page.ids)
    return [contacts[contact_id] for contact_id in page.ids if contact_id in contacts]


ContactRow = tuple[int, Any]


def _fetch_rows(
    contact_filter: ContactFilter,
    context: EvaluationContext,
    sorting: ListSort,
    *,
    backwards: bool,
    cursor: ListCursor | None,
    limit: int,
) -> list[ContactRow]:
    """Find ids and sort values, in the direction asked.

    The planner misjudges how many people a word or a condition has, and walks a million rows for a rare one or
    sorts half a million for a frequent one. So we decide by looking: a short walk along the order fills the page
    for what is frequent, a longer one for what is not rare, and what is rare is gathered first and sorted then.
    On a million people a page of any word then takes 1 to 50 ms.
    """
    direction = _Direction(
        sorting.order.column, descending=sorting.descending is not backwards, cursor=cursor
    )
    if contact_filter.is_default:
        return _fetch(_plain_scan(contact_filter, context, direction, limit))
    if _is_cheap_to_scan(contact_filter):
        rows = _fetch(_index_scan(contact_filter, context, direction, limit, scan_rows=SCAN_ROWS))
        if EXTEND_SCAN_FROM <= len(rows) < limit:
            rows = _fetch(
                _index_scan(contact_filter, context, direction, limit, scan_rows=EXTENDED_SCAN_ROWS)
            )
        if len(rows) == limit:
            return rows
    return _fetch(_sort_all(contact_filter, context, direction, limit))


@dataclass(frozen=True, slots=True)
class _Direction:
    """Which way along which column, and from where."""

    column: str
    descending: bool
    cursor: ListCursor | None

    def order(self, key: str) -> str:
        suffix = " DESC" if self.descending else ""
        return f"{self.column}{suffix}, {key}{suffix}"

    def past_cursor(self, key: str) -> str:
        if self.cursor is None:
            return "true"
        return f"({self.column}, {key}) {'<' if self.descending else '>'} (%(value)s, %(key)s)"

    def params(self) -> dict[str, Any]:
        return {"value": self.cursor.value, "key": self.cursor.contact_id} if self.cursor else {}


def _is_cheap_to_scan(contact_filter: ContactFilter) -> bool:
    """Counting events is done over all people even when a few are asked about: then it is done once."""
    return contact_filter.tree == ALL_CONTACTS or not audience.dependencies(contact_filter.tree).events


def _plain_scan(
    contact_filter: ContactFilter, context: EvaluationContext, direction: _Direction, limit: int
) -> Relation:
    return sql.compose(
        f"SELECT contact_id, {direction.column} FROM {{contacts}} f WHERE {direction.past_cursor('contact_id')}"
        f" ORDER BY {direction.order('contact_id')} LIMIT {limit}",
        contacts=filtered(contact_filter, context, columns=(direction.column,)),
        **direction.params(),
    )


def _index_scan(
    contact_filter: ContactFilter,
    context: EvaluationContext,
    direction: _Direction,
    limit: int,
    *,
    scan_rows: int,
) -> Relation:
    names = ("status", "incomplete", "member_since", "search", direction.column)
    scanned = Relation(
        f"SELECT id AS contact_id, {', '.join(names)} FROM contacts_contact WHERE deleted_at IS NULL"
        f" AND {direction.past_cursor('id')} ORDER BY {direction.order('id')} LIMIT {scan_rows}",
        direction.params(),
        ("contact_id", *names),
    )
    if contact_filter.tree == ALL_CONTACTS:
        contacts = apply_conditions(scanned, contact_filter, context, columns=(direction.column,))
    else:
        contacts = filtered(contact_filter, context, columns=(direction.column,), among=scanned)
    return sql.compose(
        f"SELECT contact_id, {direction.column} FROM {{contacts}} f"
        f" ORDER BY {direction.order('contact_id')} LIMIT {limit}",
        contacts=contacts,
    )


def _sort_all(
    contact_filter: ContactFilter, context: EvaluationContext, direction: _Direction, limit: int
) -> Relation:
    return sql.compose(
        f"WITH matching AS MATERIALIZED {{contacts}} SELECT contact_id, {direction.column} FROM matching"
        f" WHERE {direction.past_cursor('contact_id')} ORDER BY {direction.order('contact_id')} LIMIT {limit}",
        contacts=filtered(contact_filter, context, columns=(direction.column,)),
        **direction.params(),
    )


def _fetch(statement: Relation) -> list[ContactRow]:
    return [(row[0], row[1]) for row in sql.rows(statement)]
