"""Pages of a large list whose rows have a score, the best matches first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from quen.core import sql
from quen.core.paging.large import PROBED_ROWS, PROMISING_MATCHES, LargeList, behind_probe, rows_along
from quen.core.paging.pages import Cursor, Page, Scan, Sort, SortColumn, assemble, whole
from quen.core.sql import Relation


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

    return assemble(fetch, sort, size, after, before)


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
            found = behind_probe(part, along, wanted, found) if probed else rows_along(part, along, wanted)
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
