"""Tables as files: a workbook for Excel, or CSV. Written row by row, so that memory does not grow with the rows.

Text stays text: a spreadsheet never runs a cell as a formula, and no phone number loses its first zero.
"""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import xlsxwriter
from django.utils.translation import gettext as _

#: a spreadsheet would run such a text as a formula; apostrophes before it count, so that each can be taken away again
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
#: byte order mark: Excel then reads the file as UTF-8
_BOM: Final = "\ufeff"
#: what a sheet of Excel holds, its heading included
MAX_SHEET_ROWS: Final = 1_048_576
_MAX_CELL_CHARS: Final = 32_767
_CHUNK_BYTES: Final = 64 * 1024
_COLUMN_WIDTH: Final = 18
_NO_STYLES: Final[Mapping[type, Any]] = MappingProxyType({})


class TableFormat(StrEnum):
    """The formats of a table; the value is the ending of the file's name."""

    XLSX = "xlsx"
    CSV = "csv"

    @property
    def content_type(self) -> str:
        """The type that a browser is told."""
        if self is TableFormat.CSV:
            return "text/csv; charset=utf-8"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_format(name: str) -> TableFormat:
    """Return the format of a name, CSV for an unknown one."""
    return next((each for each in TableFormat if each.value == name), TableFormat.CSV)


def table_chunks(
    rows: Iterable[Sequence[Any]], format: TableFormat, *, sheet_rows: int = MAX_SHEET_ROWS
) -> Iterator[bytes]:
    """Yield a file with these rows; the first one is the heading.

    sheet_rows: how many a sheet of a workbook holds, the heading included; the rest goes to further sheets.
    """
    if format is TableFormat.CSV:
        return (line.encode() for line in csv_lines(rows))
    return _xlsx_chunks(rows, sheet_rows)


def csv_lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file; cells that a spreadsheet would run as a formula are quoted."""
    writer = csv.writer(_Echo())
    yield _BOM
    for row in rows:
        yield writer.writerow([_escape_formula(cell) for cell in row])


def csv_heading(names: Sequence[str]) -> bytes:
    """Return the first line of a CSV file whose other lines come from the database."""
    return "".join(csv_lines([names])).encode()


class _Echo:
    """Returns what the csv module writes."""

    def write(self, line: str) -> str:
        return line


def _escape_formula(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """Return a cell of CSV without the apostrophe that keeps a spreadsheet from running it as a formula."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _xlsx_chunks(rows: Iterable[Sequence[Any]], sheet_rows: int) -> Iterator[bytes]:
    with tempfile.TemporaryFile(prefix="quen-table-") as file:
        with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
            _write_sheets(book, rows, sheet_rows)
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _write_sheets(book: Any, rows: Iterable[Sequence[Any]], sheet_rows: int) -> None:
    """Write the rows; those that a sheet cannot hold go to further sheets with the same heading."""
    remaining = iter(rows)
    heading = next(remaining, ())
    bold = book.add_format({"bold": True})
    styles: dict[type, Any] = {
        date: book.add_format({"num_format": "dd/mm/yyyy"}),
        datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"}),
    }
    sheet, at = None, sheet_rows
    for row in remaining:
        if at == sheet_rows:
            sheet, at = _new_sheet(book, heading, bold), 1
        _write_row(sheet, at, row, styles=styles)
        at += 1
    if sheet is None:
        _new_sheet(book, heading, bold)


def _new_sheet(book: Any, heading: Sequence[Any], bold: Any) -> Any:
    name = _("Data")
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet(name if number == 1 else f"{name} {number}")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(heading) - 1, 0), _COLUMN_WIDTH)
    _write_row(sheet, 0, heading, bold)
    return sheet


def _write_row(
    sheet: Any, at: int, row: Sequence[Any], style: Any = None, *, styles: Mapping[type, Any] = _NO_STYLES
) -> None:
    """Write a row. styles: of days and of local times without a zone, by type."""
    for column, cell in enumerate(row):
        if cell is None or cell == "":
            continue
        if isinstance(cell, bool):
            sheet.write_boolean(at, column, cell, style)
        elif isinstance(cell, int | float | Decimal):
            sheet.write_number(at, column, cell, style)
        elif isinstance(cell, date):
            sheet.write_datetime(at, column, cell, styles[type(cell)])
        else:
            sheet.write_string(at, column, str(cell)[:_MAX_CELL_CHARS], style)
