"""Sorts, cursors and pages, and the pages of a QuerySet."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet

T = TypeVar("T")
M = TypeVar("M", bound=Model)
PAGE_SIZE = 50
_LARGEST_KEY = 2**63 - 1
_CURSOR_MAX_CHARS = 2_000


# Sort columns


def instant(raw: Any) -> datetime:
    """Return an instant of a cursor. Raises ValueError."""
    at = datetime.fromisoformat(raw)
    if at.tzinfo is None:
        raise ValueError(raw)
    return at


def amount(raw: Any) -> Decimal:
    """Return a number of a cursor. Raises ValueError."""
    number = Decimal(raw)
    if not number.is_finite():
        raise ValueError(raw)
    return number


def word(raw: Any) -> str:
    """Return a text of a cursor. Raises ValueError."""
    if not isinstance(raw, str) or "\0" in raw:
        raise ValueError(raw)
    return raw


def whole(raw: Any) -> int:
    """Return a whole number that fits a bigint. Raises ValueError."""
    number = int(raw)
    if not -_LARGEST_KEY <= number <= _LARGEST_KEY:
        raise ValueError(raw)
    return number


@dataclass(frozen=True, slots=True)
class SortColumn:
    """A column to sort by: NOT NULL, and indexed with the key, so that a page is a walk along the index.

    parse: reads a value of a cursor; raises ValueError for anything else.
    """

    column: str
    parse: Callable[[Any], Any]


BY_KEY = SortColumn("id", whole)


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort column, what it is called in addresses, and its direction."""

    name: str
    by: SortColumn
    descending: bool = False

    @classmethod
    def read(cls, raw: str | None, columns: Mapping[str, SortColumn]) -> Sort | None:
        """Return the sort that "name" or "-name" stands for; None for anything else."""
        name = (raw or "").removeprefix("-")
        return cls(name, columns[name], (raw or "").startswith("-")) if name in columns else None

    def __str__(self) -> str:
        return f"-{self.name}" if self.descending else self.name


NEWEST_FIRST = Sort("id", BY_KEY, descending=True)


# Cursors and pages


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: the row beside it, and that row's position in the list (a hint, counted from 1)."""

    value: Any
    key: int
    position: int

    def __str__(self) -> str:
        raw = json.dumps([str(self.value), self.key, self.position], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, raw: str | None, sort: Sort) -> Cursor | None:
        """Return the cursor of this sort; None when it is none, so that a broken link shows the first page."""
        if not raw or len(raw) > _CURSOR_MAX_CHARS:
            return None
        try:
            value, key, position = json.loads(
                base64.b64decode(raw + "=" * (-len(raw) % 4), altchars=b"-_", validate=True)
            )
            if not (0 <= int(key) <= _LARGEST_KEY and 0 <= int(position) <= _LARGEST_KEY):
                return None
            return cls(sort.by.parse(value), int(key), int(position))
        except (ValueError, TypeError, InvalidOperation, RecursionError, binascii.Error):
            return None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of a page; ``first`` is the position of the first one. Cursors are None at the ends of the list."""

    rows: tuple[T, ...]
    first: int
    previous: Cursor | None
    next: Cursor | None

    @property
    def last(self) -> int:
        """Return the position of the last row, 0 when there is none."""
        return self.first + len(self.rows) - 1 if self.rows else 0

    def links(self, query: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Return the addresses of the neighbours, "" where there is none: ``{"previous": "?…", "next": "?…"}``.

        query: what else the address says.
        """
        return {
            "previous": f"?{urlencode([*query, ('before', str(self.previous))])}" if self.previous else "",
            "next": f"?{urlencode([*query, ('after', str(self.next))])}" if self.next else "",
        }


@dataclass(frozen=True, slots=True)
class Scan:
    """One direction along a sort column, from a cursor on."""

    column: str
    descending: bool
    cursor: Cursor | None

    def order(self, key: str) -> str:
        """Return the ORDER BY; ``key`` is the column that breaks ties."""
        direction = " DESC" if self.descending else ""
        return f"{self.column}{direction}, {key}{direction}"

    def beyond(self, key: str) -> str:
        """Return the condition on rows behind the cursor."""
        if self.cursor is None:
            return "true"
        return f"({self.column}, {key}) {'<' if self.descending else '>'} (%(cursor_value)s, %(cursor_key)s)"

    @property
    def params(self) -> dict[str, Any]:
        """Return the parameters of ``beyond``."""
        return {"cursor_value": self.cursor.value, "cursor_key": self.cursor.key} if self.cursor else {}


def paginate(
    queryset: QuerySet[M],
    *,
    sort: Sort = NEWEST_FIRST,
    size: int = PAGE_SIZE,
    after: str | None = None,
    before: str | None = None,
) -> Page[M]:
    """Return the page of a QuerySet after or before a cursor as an address has it; the first page without one."""

    def fetch(scan: Scan, limit: int) -> list[tuple[M, int, Any]]:
        name, down = scan.column, scan.descending
        found = queryset
        if scan.cursor is not None:
            side = "lt" if down else "gt"
            behind = Q(**{f"{name}__{side}": scan.cursor.value})
            if name != "id":
                behind |= Q(**{name: scan.cursor.value, f"pk__{side}": scan.cursor.key})
            found = found.filter(behind)
        sign = "-" if down else ""
        order = [f"{sign}id"] if name == "id" else [f"{sign}{name}", f"{sign}pk"]
        return [(row, row.pk, getattr(row, name)) for row in found.order_by(*order)[:limit]]

    return assemble(fetch, sort, size, Cursor.read(after, sort), Cursor.read(before, sort))


def assemble(
    fetch: Callable[[Scan, int], list[tuple[T, int, Any]]],
    sort: Sort,
    size: int,
    after: Cursor | None,
    before: Cursor | None,
) -> Page[T]:
    """Assemble a page. fetch: rows with their key and sort value along a scan, at most so many."""
    backwards = before is not None
    scan = Scan(sort.by.column, sort.descending is not backwards, before or after)
    rows = fetch(scan, size + 1)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    first = 1
    if before is not None and more:
        first = max(1, before.position - len(rows))
    elif after is not None and not backwards:
        first = after.position + 1
    has_previous = more if backwards else after is not None
    has_next = backwards or more
    edges = [Cursor(value, key, first + number) for number, (_row, key, value) in enumerate(rows)]
    return Page(
        rows=tuple(row for row, _key, _value in rows),
        first=first,
        previous=edges[0] if has_previous and edges else None,
        next=edges[-1] if has_next and edges else None,
    )
