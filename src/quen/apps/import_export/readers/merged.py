"""Merged cells of workbooks: a file stores the value once, in the first cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from quen.apps.import_export.tables import Cell, is_blank


class MergedRows(NamedTuple):
    """The first column of a merged range of several rows. column: from 0.  first, last: rows, from 1, inclusive."""

    column: int
    first: int
    last: int


def filled_down(
    rows: Iterable[tuple[int, list[Cell]]], merged: Sequence[MergedRows]
) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield rows with the value of a merged range in each of its rows that has other values of its own.

    The other columns of a range stay empty, since a title over several columns belongs to the first.
    """
    if not merged:
        yield from rows
        return
    by_first: dict[int, list[MergedRows]] = {}
    for span in merged:
        by_first.setdefault(span.first, []).append(span)
    values: dict[int, tuple[int, Cell]] = {}
    for number, cells in rows:
        values = {column: (last, value) for column, (last, value) in values.items() if number <= last}
        if values and not is_blank(cells):
            cells = [*cells, *([None] * (max(values) + 1 - len(cells)))]
            for column, (_last, value) in values.items():
                if cells[column] is None:
                    cells[column] = value
        for span in by_first.get(number, ()):
            if span.column < len(cells) and cells[span.column] is not None:
                values[span.column] = (span.last, cells[span.column])
        yield number, cells
