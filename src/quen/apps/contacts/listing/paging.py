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
from quen.apps.audience.types import EVERYONE
from quen.apps.contacts.listing.finding import Moment, Wanted, conditions_over, found
from quen.apps.contacts.models import Contact
from quen.core import sql
from quen.core.sql import Relation

SIZES = (25, 50, 100)
#: rows of the order looked at first: 5 ms, and enough for what one person in forty has
WALKED = 2_000
#: with so many found in them, one person in three hundred has it: walking on is quicker than gathering
PROMISING = 7
WALKED_ON = 15_000
_LARGEST_KEY = 2**63 - 1


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


def _word(raw: Any) -> str:
    if not isinstance(raw, str) or "\0" in raw:
        raise ValueError(raw)
    return raw


@dataclass(frozen=True, slots=True)
class Order:
    """A sort column: NOT NULL and indexed with the key, so that a page is a walk along the index."""

    column: str
    read: Callable[[Any], Any]


ORDERS: Mapping[str, Order] = MappingProxyType(
    {
        "name": Order("sort_key", _word),
        "activity": Order("last_activity_at", _instant),
        "created": Order("created_at", _instant),
        "spent": Order("spent", _amount),
    }
)
USUAL = "-activity"


@dataclass(frozen=True, slots=True)
class Sorting:
    """An order and its direction; ``str`` gives what stands in the URL."""

    key: str
    down: bool

    @classmethod
    def read(cls, raw: str | None) -> Sorting | None:
        """Read "name" or "-activity"; None for anything else."""
        key = (raw or "").removeprefix("-")
        return cls(key, (raw or "").startswith("-")) if key in ORDERS else None

    def __str__(self) -> str:
        return f"-{self.key}" if self.down else self.key

    @property
    def order(self) -> Order:
        """Give the column."""
        return ORDERS[self.key]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: the row beside it, and that row's place in the list (a hint, counted from 1)."""

    value: Any
    contact_id: int
    place: int

    def __str__(self) -> str:
        raw = json.dumps([str(self.value), self.contact_id, self.place], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, raw: str | None, sorting: Sorting) -> Cursor | None:
        """Read a cursor of this order; None when it is none, so that a broken link shows the first page."""
        if not raw:
            return None
        try:
            value, contact_id, place = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
            if not (0 <= int(contact_id) <= _LARGEST_KEY and 0 <= int(place) <= _LARGEST_KEY):
                return None
            return cls(sorting.order.read(value), int(contact_id), int(place))
        except (ValueError, TypeError, InvalidOperation, binascii.Error):
            return None


@dataclass(frozen=True, slots=True)
class Page:
    """People of a page by their ids; ``first`` is the place of the first one. Cursors are None at the ends."""

    ids: tuple[int, ...]
    first: int
    previous: Cursor | None
    next: Cursor | None

    @property
    def last(self) -> int:
        """Give the place of the last one, 0 when nobody is here."""
        return self.first + len(self.ids) - 1 if self.ids else 0


def page_of(
    wanted: Wanted,
    moment: Moment,
    *,
    sorting: Sorting,
    size: int,
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> Page:
    """Give a page of the people somebody wants, after or before a cursor; the first page without one."""
    cursor = before or after
    backwards = before is not None
    rows = _rows(wanted, moment, sorting, backwards=backwards, cursor=cursor, limit=size + 1)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    first = 1
    if before is not None and more:
        first = max(1, before.place - len(rows))
    elif after is not None:
        first = after.place + 1
    has_previous = more if backwards else after is not None and bool(rows)
    has_next = bool(rows) and (backwards or more)
    edge = [Cursor(value, contact_id, first + number) for number, (contact_id, value) in enumerate(rows)]
    return Page(
        ids=tuple(contact_id for contact_id, _value in rows),
        first=first,
        previous=edge[0] if has_previous and edge else None,
        next=edge[-1] if has_next and edge else None,
    )


def people_of(page: Page) -> list[Contact]:
    """Give the people of a page in its order, with their first source."""
    people = Contact.objects.select_related("first_source").defer("search", "note").in_bulk(page.ids)
    return [people[contact_id] for contact_id in page.ids if contact_id in people]


Row = tuple[int, Any]


def _rows(
    wanted: Wanted, moment: Moment, sorting: Sorting, *, backwards: bool, cursor: Cursor | None, limit: int
) -> list[Row]:
    """Find ids and sort values, in the direction asked.

    The planner misjudges how many people a word or a condition has, and walks a million rows for a rare one or
    sorts half a million for a frequent one. So we decide by looking: a short walk along the order fills the page
    for what is frequent, a longer one for what is not rare, and what is rare is gathered first and sorted then.
    On a million people a page of any word then takes 1 to 50 ms.
    """
    way = _Way(sorting.order.column, down=sorting.down is not backwards, cursor=cursor)
    if wanted.is_plain:
        return _all(_walk_plainly(wanted, moment, way, limit))
    if _is_quick_to_try(wanted):
        rows = _all(_walk(wanted, moment, way, limit, strip_rows=WALKED))
        if PROMISING <= len(rows) < limit:
            rows = _all(_walk(wanted, moment, way, limit, strip_rows=WALKED_ON))
        if len(rows) == limit:
            return rows
    return _all(_gather(wanted, moment, way, limit))


@dataclass(frozen=True, slots=True)
class _Way:
    """Which way along which column, and from where."""

    column: str
    down: bool
    cursor: Cursor | None

    def order(self, key: str) -> str:
        turn = " DESC" if self.down else ""
        return f"{self.column}{turn}, {key}{turn}"

    def beyond(self, key: str) -> str:
        if self.cursor is None:
            return "true"
        return f"({self.column}, {key}) {'<' if self.down else '>'} (%(value)s, %(key)s)"

    def params(self) -> dict[str, Any]:
        return {"value": self.cursor.value, "key": self.cursor.contact_id} if self.cursor else {}


def _is_quick_to_try(wanted: Wanted) -> bool:
    """Counting events is done over all people even when a few are asked about: then it is done once."""
    return wanted.tree == EVERYONE or not audience.columns_read(wanted.tree).events


def _walk_plainly(wanted: Wanted, moment: Moment, way: _Way, limit: int) -> Relation:
    return sql.compose(
        f"SELECT contact_id, {way.column} FROM {{people}} f WHERE {way.beyond('contact_id')}"
        f" ORDER BY {way.order('contact_id')} LIMIT {limit}",
        people=found(wanted, moment, columns=(way.column,)),
        **way.params(),
    )


def _walk(wanted: Wanted, moment: Moment, way: _Way, limit: int, *, strip_rows: int) -> Relation:
    names = ("status", "incomplete", "member_since", "search", way.column)
    strip = Relation(
        f"SELECT id AS contact_id, {', '.join(names)} FROM contacts_contact WHERE deleted_at IS NULL"
        f" AND {way.beyond('id')} ORDER BY {way.order('id')} LIMIT {strip_rows}",
        way.params(),
        ("contact_id", *names),
    )
    if wanted.tree == EVERYONE:
        people = conditions_over(strip, wanted, moment, columns=(way.column,))
    else:
        people = found(wanted, moment, columns=(way.column,), among=strip)
    return sql.compose(
        f"SELECT contact_id, {way.column} FROM {{people}} f ORDER BY {way.order('contact_id')} LIMIT {limit}",
        people=people,
    )


def _gather(wanted: Wanted, moment: Moment, way: _Way, limit: int) -> Relation:
    return sql.compose(
        f"WITH gathered AS MATERIALIZED {{people}} SELECT contact_id, {way.column} FROM gathered"
        f" WHERE {way.beyond('contact_id')} ORDER BY {way.order('contact_id')} LIMIT {limit}",
        people=found(wanted, moment, columns=(way.column,)),
        **way.params(),
    )


def _all(statement: Relation) -> list[Row]:
    return [(row[0], row[1]) for row in sql.rows(statement)]
