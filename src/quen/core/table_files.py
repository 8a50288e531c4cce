"""Tables as files: a workbook for Excel, or CSV. Written row by row, so that memory does not grow with the rows.

Text stays text: a spreadsheet never runs a cell as a formula, and no phone number loses its first zero.
"""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_range_abs

#: a spreadsheet would run such a text as a formula; apostrophes before it count, so that each can be taken away again
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
#: byte order mark: Excel then reads the file as UTF-8
_BOM: Final = "\ufeff"
#: what a sheet of Excel holds, its heading included
MAX_SHEET_ROWS: Final = 1_048_576
_MAX_CELL_CHARS: Final = 32_767
_CHUNK_BYTES: Final = 64 * 1024
_COLUMN_WIDTH: Final = 18
_KEY_WIDTH: Final = 3
_DAY: Final = "dd/mm/yyyy"
_MOMENT: Final = "dd/mm/yyyy hh:mm:ss"
#: the text format: what is typed stays as it is
_AS_TYPED: Final = "@"
#: Excel takes 1900 for a leap year: it has no right number for the days before
_FIRST_MONTH: Final = (1900, 3)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLayout:
    """How the sheet of a workbook looks that is edited and brought back; columns count from 0.

    The first column is narrow and holds the key of the row. Nothing is protected: a protected sheet can't be sorted.
    choices: the values of drop-downs.  fixed: columns that are only to be read.  dates, moments, numbers: columns of
    such values; all others are text, so that a phone number typed into one keeps its first zero.
    key_note: shown beside the key of a row.
    lists: the name of the hidden sheet with the values of drop-downs.
    """

    choices: Mapping[int, Sequence[str]]
    fixed: frozenset[int]
    dates: frozenset[int]
    moments: frozenset[int]
    numbers: frozenset[int]
    key_note: str
    lists: str


def table_chunks(
    rows: Iterable[Sequence[Any]],
    format: TableFormat,
    *,
    sheet_rows: int = MAX_SHEET_ROWS,
    layout: SheetLayout | None = None,
) -> Iterator[bytes]:
    """Yield a file with these rows; the first one is the heading.

    sheet_rows: how many a sheet of a workbook holds, the heading included; the rest goes to further sheets.
    layout: of a workbook that is edited and brought back, which has one sheet.
    """
    if format is TableFormat.CSV:
        return (line.encode() for line in csv_lines(rows))
    if layout is not None:
        return _file_chunks(lambda book: _write_layout(book, rows, layout))
    return _file_chunks(lambda book: _write_sheets(book, rows, sheet_rows))


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


def _file_chunks(write: Callable[[Any], None]) -> Iterator[bytes]:
    with tempfile.TemporaryFile(prefix="quen-table-") as file:
        with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
            write(book)
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _write_sheets(book: Any, rows: Iterable[Sequence[Any]], sheet_rows: int) -> None:
    """Write the rows; those that a sheet cannot hold go to further sheets with the same heading."""
    remaining = iter(rows)
    heading = next(remaining, ())
    bold = book.add_format({"bold": True})
    styles: dict[type, Any] = {
        date: book.add_format({"num_format": _DAY}),
        datetime: book.add_format({"num_format": _MOMENT}),
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


def _write_layout(book: Any, rows: Iterable[Sequence[Any]], layout: SheetLayout) -> None:
    """Write the rows of a workbook that is edited and brought back, with filter, drop-downs and formats."""
    remaining = iter(rows)
    heading = next(remaining, ())
    quiet, bold = {"font_color": "#8a8078"}, book.add_format({"bold": True})
    sheet = book.add_worksheet(_("Data"))
    sheet.freeze_panes(1, min(2, len(heading)))
    formats = []
    for column in range(len(heading)):
        is_fixed = column == 0 or column in layout.fixed
        shown = {"num_format": _number_format(column, layout)} | (quiet if is_fixed else {})
        formats.append(book.add_format(shown | ({"font_size": 8} if column == 0 else {})))
        sheet.set_column(column, column, _COLUMN_WIDTH if column else _KEY_WIDTH, formats[column])
    _write_row(sheet, 0, heading, bold)
    at = 0
    for at, row in enumerate(remaining, start=1):  # the last one tells how many
        for column, cell in enumerate(row):
            _write_cell(sheet, at, column, cell, formats[column])
    last = max(at, 1)
    sheet.autofilter(0, 0, last, len(heading) - 1)
    if layout.key_note:
        options = {"input_title": heading[0], "input_message": layout.key_note}
        sheet.data_validation(1, 0, last, 0, {"validate": "any", **options})
    _add_choices(book, sheet, layout, last)


def _add_choices(book: Any, sheet: Any, layout: SheetLayout, last: int) -> None:
    """Add drop-downs; a value that is none of them may still be typed, and is judged when the file comes back."""
    if not layout.choices:
        return
    lists = book.add_worksheet(layout.lists)
    lists.hide()
    columns = list(layout.choices)
    for at in range(max(map(len, layout.choices.values()))):
        for place, column in enumerate(columns):
            if at < len(layout.choices[column]):
                lists.write_string(at, place, layout.choices[column][at])
    for place, column in enumerate(columns):
        end = max(len(layout.choices[column]) - 1, 0)
        cells = xl_range_abs(0, place, end, place)
        source = f"='{layout.lists}'!{cells}"
        options = {"validate": "list", "source": source, "error_type": "information", "show_error": False}
        sheet.data_validation(1, column, last, column, options)


def _number_format(column: int, layout: SheetLayout) -> str:
    if column in layout.dates:
        return _DAY
    if column in layout.moments:
        return _MOMENT
    return "General" if column in layout.numbers else _AS_TYPED


def _write_row(
    sheet: Any, at: int, row: Sequence[Any], style: Any = None, *, styles: Mapping[type, Any] = _NO_STYLES
) -> None:
    """Write a row. styles: of days and of local times without a zone, by type."""
    for column, cell in enumerate(row):
        _write_cell(sheet, at, column, cell, styles[type(cell)] if isinstance(cell, date) else style)


def _write_cell(sheet: Any, at: int, column: int, cell: Any, style: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_boolean(at, column, cell, style)
    elif isinstance(cell, int | float | Decimal):
        sheet.write_number(at, column, cell, style)
    elif isinstance(cell, date) and (cell.year, cell.month) >= _FIRST_MONTH:
        sheet.write_datetime(at, column, cell, style)
    else:
        sheet.write_string(at, column, str(cell)[:_MAX_CELL_CHARS], style)
