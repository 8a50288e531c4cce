"""Pages of a list that is in memory, by number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class NumberedPage(Generic[T]):
    """A page of a list. number: from 1; size: of a full page; total: the number of rows on all pages."""

    rows: tuple[T, ...]
    number: int
    size: int
    total: int

    @classmethod
    def of(cls, everything: Sequence[T], number: int, size: int) -> NumberedPage[T]:
        """Return the page of that number; the first or the last one if there is none."""
        number = min(max(1, number), max(1, -(-len(everything) // size)))
        rows = everything[(number - 1) * size : number * size]
        return cls(tuple(rows), number, size, len(everything))

    def map(self, shown: Callable[[Sequence[T]], Sequence[U]]) -> NumberedPage[U]:
        """Return the page with what ``shown`` makes of its rows."""
        return NumberedPage(tuple(shown(self.rows)), self.number, self.size, self.total)

    def links(self, query: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """Return what ``{% ui_pager %}`` shows: the addresses of the neighbours, and which rows these are.

        query: what else the address says.
        """

        def address(number: int) -> str:
            return f"?{urlencode([*query, ('page', str(number))])}"

        return {
            "previous": address(self.number - 1) if self.number > 1 else "",
            "next": address(self.number + 1) if self.last < self.total else "",
            "first": self.first,
            "last": self.last,
            "total": self.total,
            "per_page": self.size,
        }

    @property
    def first(self) -> int:
        """Return the position of the first row, from 1; 0 on an empty page."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Return the position of the last row."""
        return (self.number - 1) * self.size + len(self.rows)
