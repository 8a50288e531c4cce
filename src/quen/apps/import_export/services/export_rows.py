"""The rows of an export, formatted by the database: lines of CSV, or values for the cells of a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from quen.apps.import_export.registry import ExportColumn, ReturningFile
from quen.apps.import_export.types import ExportCell
from quen.core import sql
from quen.core.sql import Relation
from quen.core.table_files import TableFormat, csv_heading, table_chunks

#: Excel counts days from 1900 and takes that year for a leap year: it has no right number for days before March
FIRST_EXCEL_DAY: Final = date(1900, 3, 1)
_DAY, _MOMENT = "'DD/MM/YYYY'", "'DD/MM/YYYY HH24:MI:SS'"
_NAMED: Final = re.compile(r"%\((\w+)\)s")
_SHARED: Final = frozenset({"ids", "zone"})


@dataclass(frozen=True, slots=True)
class ExportTable:
    """The columns of an export over the rows of a table. zone: of the moments."""

    table: str
    columns: Sequence[ExportColumn]
    zone: ZoneInfo

    def heading(self) -> list[str]:
        """Return the headings; that of a moment names the time zone."""
        return [
            f"{column.label} ({self.zone.key})" if column.kind is ExportCell.MOMENT else str(column.label)
            for column in self.columns
        ]

    def csv_lines(self, ids: Iterable[int]) -> tuple[bytes, int]:
        """Return the lines of these rows in the order of their ids, and how many there are: some may be gone."""
        statement = self._statement(ids, _csv_cell)
        with connection.cursor() as cursor:
            text = f"COPY ({statement.text}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')"
            with cursor.copy(text, dict(statement.params)) as copy:
                lines = b"".join(bytes(block) for block in copy)
            return lines, cursor.rowcount

    def rows(self, ids: Iterable[int]) -> list[list[Any]]:
        """Return the rows of these ids in their order: text, numbers, days, and local times without a zone."""
        found = sql.rows(self._statement(ids, _typed_cell))
        return [
            [_cell(column, value) for column, value in zip(self.columns, row, strict=True)] for row in found
        ]

    def _statement(self, ids: Iterable[int], format_cell: Any) -> Relation:
        """Return the statement. The inner SELECT is sorted, so that each value is computed once for its cell."""
        columns = [_bound(column, number) for number, column in enumerate(self.columns)]
        params: dict[str, Any] = {"ids": sql.array(ids), "zone": self.zone.key}
        for number, column in enumerate(self.columns):
            params |= {f"c{number}_{name}": value for name, value in column.params().items()}
        values = ", ".join(f"{_value(column)} AS v{number}" for number, column in enumerate(columns))
        joins = " ".join(dict.fromkeys(column.join for column in columns if column.join))
        cells = ", ".join(format_cell(column, f"v{number}") for number, column in enumerate(columns))
        text = (
            f"SELECT {cells} FROM (SELECT wanted.place, {values}"
            " FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted (id, place)"
            f" JOIN {self.table} c ON c.id = wanted.id {joins} ORDER BY wanted.place) AS r ORDER BY r.place"
        )
        return Relation(text, params)


class ExportWriter:
    """Makes a file of an export. written: rows so far; rows that are gone by now are left out.

    returning: a workbook that comes back.
    """

    def __init__(
        self, table: ExportTable, format: TableFormat, returning: ReturningFile | None = None
    ) -> None:
        self.written = 0
        self._table, self._format, self._returning = table, format, returning

    def chunks(self, parts: Iterable[Sequence[int]]) -> Iterator[bytes]:
        """Yield the file, heading first. parts: ids, some thousand at a time."""
        if self._format is TableFormat.CSV:
            return self._csv(parts)
        layout = self._returning.layout if self._returning is not None else None
        return table_chunks(self._rows(parts), self._format, layout=layout)

    def _csv(self, parts: Iterable[Sequence[int]]) -> Iterator[bytes]:
        yield csv_heading(self._table.heading())
        for ids in parts:
            lines, count = self._table.csv_lines(ids)
            self.written += count
            yield lines

    def _rows(self, parts: Iterable[Sequence[int]]) -> Iterator[Sequence[Any]]:
        yield self._table.heading()
        for ids in parts:
            rows: Sequence[list[Any]] = self._table.rows(ids)
            if self._returning is not None:
                rows = self._returning.keep(rows)
            self.written += len(rows)
            yield from rows


def _bound(column: ExportColumn, number: int) -> ExportColumn:
    """Return the column with parameters that no other column uses; a join without any stays the same for all."""

    def rename(text: str) -> str:
        return _NAMED.sub(
            lambda found: found[0] if found[1] in _SHARED else f"%(c{number}_{found[1]})s", text
        )

    return replace(
        column,
        value=rename(column.value),
        otherwise=rename(column.otherwise),
        join=rename(column.join),
    )


def _value(column: ExportColumn) -> str:
    """Return the expression of a value; a day that may be a text is an array of its ISO form and the text."""
    if column.kind is ExportCell.DATE and column.otherwise:
        return f"ARRAY[to_char(({column.value})::timestamp, 'YYYY-MM-DD'), {column.otherwise}]"
    return f"({column.value})"


def _csv_cell(column: ExportColumn, value: str) -> str:
    match column.kind:
        case ExportCell.NUMBER:
            # 1.125 could be read as 1,125: one more digit tells.
            plain = f"trim_scale({value}::numeric)"
            return f"{plain}::text || CASE WHEN scale({plain}) = 3 THEN '0' ELSE '' END"
        case ExportCell.DATE if column.otherwise:
            return f"coalesce(to_char({value}[1]::timestamp, {_DAY}), nullif({value}[2], ''))"
        case ExportCell.DATE:
            return f"to_char({value}::timestamp, {_DAY})"
        case ExportCell.MOMENT:
            return f"to_char({value} AT TIME ZONE %(zone)s, {_MOMENT})"
        case ExportCell.TEXT:
            # A spreadsheet would run such a text as a formula. An import takes the apostrophe away again.
            return (
                rf"CASE WHEN left({value}, 1) IN ('=', '+', '-', '@', E'\t', E'\r', '''')"
                rf" AND {value} ~ E'^''*[=+@\t\r-]' THEN '''' || {value} ELSE nullif({value}, '') END"
            )


def _typed_cell(column: ExportColumn, value: str) -> str:
    match column.kind:
        case ExportCell.NUMBER:
            return f"trim_scale({value}::numeric)"
        case ExportCell.MOMENT:
            return f"{value} AT TIME ZONE %(zone)s"
    return value


def _cell(column: ExportColumn, value: Any) -> Any:
    """Return the value of a cell of a workbook; a day for which Excel has no number as a text."""
    if column.kind is not ExportCell.DATE or value is None:
        return value
    day, otherwise = value if column.otherwise else (value, None)
    if day is None:
        return otherwise
    born = date.fromisoformat(day) if isinstance(day, str) else day
    return born if born >= FIRST_EXCEL_DAY else f"{born:%d/%m}/{born.year:04d}"
