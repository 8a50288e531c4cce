"""Pages of a list over a large table that any words and conditions may filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from quen.core import sql
from quen.core.paging.pages import Cursor, Page, Scan, Sort, SortColumn, assemble, whole
from quen.core.sql import Relation

#: rows of the order looked at first: 5 ms, and enough for what one row in forty has
PROBED_ROWS = 2_000
#: with so many matches among them, the next thousands fill the page: reading on is quicker than sorting all matches
PROMISING_MATCHES = 14
SCANNED_ROWS = 15_000


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
        return [(key, key, value) for key, value in rows_along(large, scan, limit)]

    return assemble(fetch, sort, size, after, before)


def rows_along(large: LargeList, scan: Scan, limit: int) -> list[tuple[int, Any]]:
    """Return keys and sort values of the first rows of a list along a scan."""
    if large.is_unfiltered:
        return _run(_index_scan(large, scan, limit))
    rows = _run(_probe(large, scan, limit, PROBED_ROWS)) if large.is_cheap_on_few else []
    return rows if len(rows) == limit else behind_probe(large, scan, limit, rows)


def behind_probe(
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
