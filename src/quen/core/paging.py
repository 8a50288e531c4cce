"""Pages of a list by keyset: never an OFFSET, ties broken by the key, both directions.

``paginate`` reads a page of a QuerySet. ``read_large`` reads a page of a list over a large table that any words and
conditions may filter; it returns keys, and the caller loads the rows. ``read_ranked`` does the same with the best
matches first.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet

from quen.core import sql
from quen.core.sql import Relation

T = TypeVar("T")
M = TypeVar("M", bound=Model)
PAGE_SIZE = 50
#: rows of the order looked at first: 5 ms, and enough for what one row in forty has
PROBED_ROWS = 2_000
#: with so many matches among them, the next thousands fill the page: reading on is quicker than sorting all matches
PROMISING_MATCHES = 14
SCANNED_ROWS = 15_000
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

    return _page(fetch, sort, size, Cursor.read(after, sort), Cursor.read(before, sort))


# Large lists


class LargeList(Protocol):
    """A list over a large table, as its filters define it. ``key`` is the column of keys in its Relations."""

    @property
    def key(self) -> str:
        """Return the name of the key's column, such as "contact_id"."""

    @property
    def is_unfiltered(self) -> bool:
        """Return whether (nearly) every row of the table is in the list, so that an index scan fills the page."""

    @property
    def is_cheap_on_few(self) -> bool:
        """Return whether filtering few rows costs little; counting events costs the same for few as for all."""

    def matching(self, column: str) -> Relation:
        """Return all rows of the list, in no order: key and the sort column."""

    def matching_among(self, scan: Scan, limit: int) -> Relation:
        """Return the rows of the list among the first ``limit`` rows of the table along a scan."""


@dataclass(frozen=True, slots=True)
class KeyList:
    """A large list of all rows of a Relation, sorted by their key, which an index supports."""

    relation: Relation
    key: str = "contact_id"
    is_unfiltered: bool = True
    is_cheap_on_few: bool = False

    def matching(self, column: str) -> Relation:
        """Return all rows: the key."""
        return self.relation

    def matching_among(self, scan: Scan, limit: int) -> Relation:
        """Return the same: nothing narrows these rows."""
        return self.relation

    def sort(self, *, descending: bool = False) -> Sort:
        """Return the sort by key."""
        return Sort(self.key, SortColumn(self.key, whole), descending)


def read_large(
    large: LargeList, *, sort: Sort, size: int, after: Cursor | None = None, before: Cursor | None = None
) -> Page[int]:
    """Return the keys of a page, after or before a cursor; the first page without one.

    The planner misjudges how many rows a word or a condition matches, and scans a million rows for a rare one or sorts
    half a million for a frequent one. So this decides by looking: a short scan along the order fills the page for what
    is frequent, a longer one for what is not rare, and what is rare is collected first and sorted then. On a million
    rows a page of any word takes 1 to 50 ms.
    """

    def fetch(scan: Scan, limit: int) -> list[tuple[int, int, Any]]:
        return [(key, key, value) for key, value in _rows(large, scan, limit)]

    return _page(fetch, sort, size, after, before)


# Ranked lists


@dataclass(frozen=True, slots=True)
class Ranked:
    """A score, and the value that decides between rows with the same one."""

    score: int
    value: Any

    def __str__(self) -> str:
        return f"{self.score} {self.value}"

    @classmethod
    def sort(cls, by: SortColumn) -> Sort:
        """Return the sort by score and then a column, both descending."""

        def parse(raw: Any) -> Ranked:
            score, _space, value = str(raw).partition(" ")
            return cls(whole(score), by.parse(value))

        return Sort("match", SortColumn(by.column, parse), descending=True)


class RankedList(Protocol):
    """A list over a large table whose rows have a score: one of few whole numbers. ``key`` as of a LargeList."""

    @property
    def key(self) -> str:
        """Return the name of the key's column."""

    @property
    def is_cheap_on_few(self) -> bool:
        """Return whether filtering few rows costs little."""

    @property
    def reads_scores_apart(self) -> bool:
        """Return whether the rows of a high score are found quicker than all rows, so that they are read before."""

    @property
    def scores(self) -> Sequence[int]:
        """Return the scores that rows can have, the highest first."""

    def with_score(self, score: int) -> LargeList:
        """Return the rows with a score."""

    def matching_with_score(self, column: str, among: tuple[Scan, int] | None = None) -> Relation:
        """Return all rows of the list, in no order: key, the sort column and score.

        among: only those among the first rows of the table along a scan.
        """


def read_ranked(
    ranked: RankedList, *, sort: Sort, size: int, after: Cursor | None = None, before: Cursor | None = None
) -> Page[int]:
    """Return the keys of a page of a ranked list; sort: of ``Ranked.sort``.

    Few matches are all read and sorted. A list of many is the lists of its scores, one behind the other.
    """

    def fetch(scan: Scan, limit: int) -> list[tuple[int, int, Any]]:
        return [(key, key, value) for key, value in _ranked_rows(ranked, scan, limit)]

    return _page(fetch, sort, size, after, before)


def _ranked_rows(ranked: RankedList, scan: Scan, limit: int) -> list[tuple[int, Ranked]]:
    begin = scan.cursor.value.score if scan.cursor else None
    ordered = ranked.scores if scan.descending else list(reversed(ranked.scores))
    scores = [each for each in ordered if begin is None or each == begin or (each < begin) == scan.descending]
    probed = _probe_scores(ranked, scan, limit) if scan.cursor is None else {}
    is_rare = bool(probed) and sum(map(len, probed.values())) < PROMISING_MATCHES
    if is_rare and not ranked.reads_scores_apart:
        return _sort_all_scores(ranked, scan, limit)
    rows: list[tuple[int, Ranked]] = []
    for score in scores:
        part, wanted = ranked.with_score(score), limit - len(rows)
        along = Scan(scan.column, scan.descending, None)
        if scan.cursor is not None and score == begin:
            inner = Cursor(scan.cursor.value.value, scan.cursor.key, scan.cursor.position)
            along = Scan(scan.column, scan.descending, inner)
        found = probed.get(score, [])[:wanted]
        if len(found) < wanted:
            found = _behind_probe(part, along, wanted, found) if probed else _rows(part, along, wanted)
        rows += [(key, Ranked(score, value)) for key, value in found]
        if len(rows) >= limit:
            break
    return rows


def _probe_scores(ranked: RankedList, scan: Scan, limit: int) -> dict[int, list[tuple[int, Any]]]:
    """Return the best rows among the first of the table by score, in order; nothing where that is not cheap."""
    if not ranked.is_cheap_on_few:
        return {}
    statement = sql.compose(
        f"SELECT {ranked.key}, {scan.column}, score FROM {{rows}} f"
        f" ORDER BY {_score_order(ranked, scan)} LIMIT {int(limit)}",
        rows=ranked.matching_with_score(scan.column, among=(scan, PROBED_ROWS)),
    )
    found: dict[int, list[tuple[int, Any]]] = {score: [] for score in ranked.scores}
    for key, value, score in sql.rows(statement):
        found[score].append((key, value))
    return found


def _sort_all_scores(ranked: RankedList, scan: Scan, limit: int) -> list[tuple[int, Ranked]]:
    statement = sql.compose(
        f"WITH matching AS MATERIALIZED {{rows}} SELECT {ranked.key}, {scan.column}, score FROM matching"
        f" ORDER BY {_score_order(ranked, scan)} LIMIT {int(limit)}",
        rows=ranked.matching_with_score(scan.column),
    )
    return [(key, Ranked(score, value)) for key, value, score in sql.rows(statement)]


def _score_order(ranked: RankedList, scan: Scan) -> str:
    return f"score{' DESC' if scan.descending else ''}, {scan.order(ranked.key)}"


def _rows(large: LargeList, scan: Scan, limit: int) -> list[tuple[int, Any]]:
    if large.is_unfiltered:
        return _run(_index_scan(large, scan, limit))
    rows = _run(_probe(large, scan, limit, PROBED_ROWS)) if large.is_cheap_on_few else []
    return rows if len(rows) == limit else _behind_probe(large, scan, limit, rows)


def _behind_probe(
    large: LargeList, scan: Scan, limit: int, probed: list[tuple[int, Any]]
) -> list[tuple[int, Any]]:
    """Return the rows of a list whose first PROBED_ROWS did not fill the page."""
    if len(probed) >= PROMISING_MATCHES:
        rows = _run(_probe(large, scan, limit, SCANNED_ROWS))
        if len(rows) == limit:
            return rows
    return _run(_sort_all(large, scan, limit))


def _index_scan(large: LargeList, scan: Scan, limit: int) -> Relation:
    return sql.compose(
        f"SELECT {large.key}, {scan.column} FROM {{rows}} f WHERE {scan.beyond(large.key)}"
        f" ORDER BY {scan.order(large.key)} LIMIT {int(limit)}",
        rows=large.matching(scan.column),
        **scan.params,
    )


def _probe(large: LargeList, scan: Scan, limit: int, probed: int) -> Relation:
    return sql.compose(
        f"SELECT {large.key}, {scan.column} FROM {{rows}} f ORDER BY {scan.order(large.key)} LIMIT {int(limit)}",
        rows=large.matching_among(scan, probed),
    )


def _sort_all(large: LargeList, scan: Scan, limit: int) -> Relation:
    return sql.compose(
        f"WITH matching AS MATERIALIZED {{rows}} SELECT {large.key}, {scan.column} FROM matching"
        f" WHERE {scan.beyond(large.key)} ORDER BY {scan.order(large.key)} LIMIT {int(limit)}",
        rows=large.matching(scan.column),
        **scan.params,
    )


def _run(statement: Relation) -> list[tuple[int, Any]]:
    return [(row[0], row[1]) for row in sql.rows(statement)]


def _page(
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
