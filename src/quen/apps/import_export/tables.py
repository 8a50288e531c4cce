"""A table read from a file of any format: headers, rows in bounded memory, and the options that were detected.

Pure: no database. The readers of file formats are in `readers/`; open files with `readers.open_table`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from typing import Any, Final, Protocol

from quen.apps.import_export import footers
from quen.apps.import_export import headers as headings
from quen.apps.import_export.errors import EmptyFile, TooManyColumns
from quen.apps.import_export.headers import KnownHeaders
from quen.core import encodings
from quen.core.table_files import MAX_SHEET_ROWS

# An empty cell is "" in text files and None in workbooks. A date without a time of day is a date.
Cell = str | int | float | bool | date | datetime | None
Row = tuple[int, tuple[Cell, ...]]

SAMPLE_ROWS: Final = 1_000
DELIMITERS: Final = {"tab": "\t", ";": ";", ",": ",", "|": "|"}


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options the user can correct in the preview; None means detect. Plain values that can be stored as JSON.

    encoding: a name of core.encodings.CODECS; a legacy font's (tcvn3…) applies to every column.
    delimiter: a name of DELIMITERS.
    header_row: counts from 1 as in the file, 0 for none.  sheet: its name.
    column_encodings: by column position, names of core.encodings.COLUMN_ENCODINGS.
    quotes: False reads quotation marks as plain text.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    sheet: str | None = None
    column_encodings: tuple[str | None, ...] = ()
    quotes: bool = True

    def changed(self, **changes: Any) -> ReadOptions:
        """Return the options after a change by the user. Options that depended on the old encoding, delimiter or
        sheet are reset.
        """
        if changes.keys() & {"encoding", "delimiter", "sheet", "quotes"}:
            return replace(self, **{"header_row": None, "column_encodings": (), **changes})
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        """Return the options as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Limits on the resources a file may use. Sizes are bytes."""

    columns: int = 500
    line: int = 4 << 20
    legacy_workbook: int = 100 << 20
    # Larger sheets are streamed by our own parser; calamine is faster but holds the whole sheet in memory,
    # about three times its size: docs/decisions/0013.
    in_memory_sheet: int = 80 << 20
    unpacked: int = 8 << 30
    unpacked_ratio: int = 300
    parts: int = 10_000
    # A sheet with so many rows is full: the next one with the same heading goes on with it.
    sheet_rows: int = MAX_SHEET_ROWS


LIMITS: Final = ReadLimits()


class Records(Protocol):
    """All rows of a file from the first, as a format's reader yields them. Can be iterated once."""

    def __iter__(self) -> Iterator[tuple[int, Sequence[Cell]]]: ...

    def fraction(self) -> float:
        """Return the fraction of the file read so far, 0 to 1."""


@dataclass(frozen=True, slots=True)
class CellRepair:
    """How the cells of a column become Unicode; see encodings.repairer."""

    column: int
    encoding: str
    mixed: bool
    eight_bit: bool

    def function(self) -> Callable[[str], str]:
        """Return the function that repairs one cell."""
        return encodings.repairer(self.encoding, mixed=self.mixed, eight_bit=self.eight_bit)


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a file with its headers. `rows(start)` opens the file again on each call.

    format: "delimited", "xlsx" or "xls".  encoding: of the file, "unicode" for workbooks with clean text.
    delimiter: a name of DELIMITERS, None for workbooks.  header_row: counts from 1, 0 for none.
    rows_estimate: data rows, from line breaks or as declared by the sheet; includes blank rows.
    headers: "" where a column has none.  options: reopening with them skips all detection.
    """

    format: str
    encoding: str
    delimiter: str | None
    sheet: str | None
    sheets: tuple[str, ...]
    header_row: int
    headers: tuple[str, ...]
    column_encodings: tuple[str, ...]
    rows_estimate: int
    options: ReadOptions
    has_description_row: bool = False
    _repairs: tuple[CellRepair, ...] = ()
    _open: Callable[[], Records] = field(repr=False, compare=False, default=lambda: _no_records())

    def rows(self, start: int = 0) -> RowStream:
        """Return the data rows from index `start` (from 0). Blank rows and totals are skipped."""
        return RowStream(self, start)


class RowStream:
    """Rows of a table as (row number in the file, cells), in bounded memory. Can be iterated once.

    blank_rows, total_rows: rows skipped so far, signatures below the table counted as totals.  long_rows: rows with
    more cells than the table has columns.
    """

    def __init__(self, table: Table, start: int) -> None:
        self._table = table
        self._start = start
        self._records = table._open()
        self.blank_rows = 0
        self.total_rows = 0
        self.long_rows = 0

    def progress(self) -> float:
        """Return the fraction of the file read so far, 0 to 1."""
        return self._records.fraction()

    def __iter__(self) -> Iterator[Row]:
        table = self._table
        first_row = table.header_row + (2 if table.has_description_row else 1)
        width = len(table.headers)
        repairs = [(each.column, each.function()) for each in table._repairs]
        to_skip = self._start
        signed = False
        for number, cells in self._records:
            if number < first_row:
                continue
            first = cells[0] if cells else None
            if first.__class__ is str and first and not first.isspace():
                if first[:4] in footers.FIRST_LETTERS and footers.is_footer(cells):
                    self.total_rows += 1
                    signed = signed or footers.is_signature(cells)
                    continue
            elif is_blank(cells):
                self.blank_rows += 1
                continue
            elif footers.is_footer(cells):
                self.total_rows += 1
                signed = signed or footers.is_signature(cells)
                continue
            if signed:
                # Names and dates below a signature; a list of several pages goes on with a customer.
                if not footers.identifies(cells):
                    self.total_rows += 1
                    continue
                signed = False
            if to_skip:
                to_skip -= 1
                continue
            if len(cells) != width:
                if any(cell not in (None, "") for cell in cells[width:]):
                    self.long_rows += 1
                cells = [*cells[:width], *([None] * (width - len(cells)))]
            if repairs:
                cells = list(cells)
                for index, repair in repairs:
                    cell = cells[index]
                    if cell.__class__ is str:
                        cells[index] = repair(cell)
            yield number, tuple(cells)


@dataclass(frozen=True, slots=True)
class FileProperties:
    """What a reader knows about a file before its header row is found."""

    format: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    sheets: tuple[str, ...]
    rows_estimate: int
    eight_bit: bool = False


def make_table(
    properties: FileProperties,
    open_: Callable[[], Records],
    options: ReadOptions,
    limits: ReadLimits,
    known_headers: KnownHeaders,
) -> Table:
    """Return the table with headers, width and column encodings from the first rows. Raises EmptyFile,
    TooManyColumns.
    """
    sample = list(islice(open_(), SAMPLE_ROWS))
    while sample and is_blank(sample[-1][1]):
        sample.pop()
    if not sample:
        raise EmptyFile
    width = max(_last_filled(cells) for _number, cells in sample)
    if width > limits.columns:
        raise TooManyColumns(limit=limits.columns)
    texts = [(number, [cell_text(cell) for cell in cells[:width]]) for number, cells in sample]
    columns = _column_encodings([row for _number, row in texts], width, properties, options)
    main_encoding = _main_encoding(columns, [row for _number, row in texts])
    candidates = tuple(dict.fromkeys(name for name in (*columns, main_encoding) if name != encodings.UNICODE))
    header_row, header = _header(texts, candidates, options, known_headers)
    body = [row for number, row in texts if number > header_row]
    explained = (
        bool(header_row) and len(body) > 1 and headings.is_description_row(header, body[0], known_headers)
    )
    repairs = columns
    if properties.eight_bit:
        is_ascii = [all(row[at].isascii() for _number, row in texts if at < len(row)) for at in range(width)]
        # A column without diacritics in the sample may have some further down: use the encoding of the other columns.
        columns = tuple(
            main_encoding if ascii_ and name == encodings.UNICODE else name
            for name, ascii_ in zip(columns, is_ascii, strict=True)
        )
        repairs = tuple("cp1252" if name == encodings.UNICODE else name for name in columns)
    header = [*header, *([""] * (width - len(header)))]
    return Table(
        format=properties.format,
        encoding=_file_encoding(properties, main_encoding, options),
        delimiter=properties.delimiter,
        sheet=properties.sheet,
        sheets=properties.sheets,
        header_row=header_row,
        headers=tuple(header),
        column_encodings=columns,
        rows_estimate=max(0, properties.rows_estimate - header_row - explained),
        options=replace(
            options,
            encoding=options.encoding or properties.encoding,
            delimiter=properties.delimiter,
            header_row=header_row,
            sheet=properties.sheet,
            column_encodings=columns,
        ),
        has_description_row=explained,
        _repairs=tuple(
            _cell_repair(index, name, [row[index] for _number, row in texts if index < len(row)], properties)
            for index, name in enumerate(repairs)
            if name != encodings.UNICODE
        ),
        _open=open_,
    )


def first_rows(table: Table, rows: int = 20) -> tuple[Row, ...]:
    """Return the first rows, as the import will read them."""
    return tuple(islice(table.rows(), rows))


def cell_text(cell: Cell) -> str:
    """Return a cell as a user would type it."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.strftime("%d/%m/%Y %H:%M:%S")
    return cell.strftime("%d/%m/%Y") if isinstance(cell, date) else str(cell)


def is_blank(cells: Sequence[Cell]) -> bool:
    """Return whether a row contains only white space."""
    return all(cell is None or (isinstance(cell, str) and (not cell or cell.isspace())) for cell in cells)


def _last_filled(cells: Sequence[Cell]) -> int:
    return max((index for index, cell in enumerate(cells, 1) if cell is not None and cell != ""), default=0)


def _header(
    texts: list[tuple[int, list[str]]],
    candidates: tuple[str, ...],
    options: ReadOptions,
    known_headers: KnownHeaders,
) -> tuple[int, list[str]]:
    first = [
        (number, [encodings.best_reading(cell, candidates) for cell in row]) for number, row in texts[:30]
    ]
    if options.header_row is not None:
        position = next((at for at, (number, _row) in enumerate(first) if number == options.header_row), -1)
        if options.header_row == 0 or position < 0:
            return options.header_row, []
    else:
        position, _known = headings.find_header_row([row for _number, row in first], known_headers)
    if position < 0:
        # The data begins with the first row; a "sep=" line above it is not part of the table.
        return 0, []
    number, row = first[position]
    header = [" ".join(cell.split()) for cell in row]
    if position and first[position - 1][0] == number - 1:
        above = first[position - 1][1]
        if sum(1 for cell in above if cell.strip()) > 1:  # headers merged over two rows
            header = [
                cell or " ".join(upper.split())
                for cell, upper in zip(header, [*above, *([""] * len(header))], strict=False)
            ]
    return number, header


def _column_encodings(
    rows: list[list[str]], width: int, properties: FileProperties, options: ReadOptions
) -> tuple[str, ...]:
    chosen = [*options.column_encodings, *([None] * width)]
    forced = options.encoding if options.encoding in encodings.LEGACY else None
    found = []
    for index in range(width):
        name = chosen[index] or forced
        found.append(name or encodings.detect_column(row[index] for row in rows if index < len(row)))
    if properties.eight_bit and options.encoding == "cp1252":
        return tuple(name or "cp1252" for name in chosen[:width])
    return tuple(found)


def _cell_repair(column: int, encoding: str, cells: list[str], properties: FileProperties) -> CellRepair:
    mixed = encoding in encodings.LEGACY and encodings.is_mixed(cells, encoding)
    return CellRepair(column, encoding, mixed, properties.eight_bit)


def _main_encoding(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    weights: dict[str, int] = {}
    for index, name in enumerate(columns):
        weight = sum(1 for row in rows if index < len(row) and not row[index].isascii())
        weights[name] = weights.get(name, 0) + weight
    legacy = {name: weight for name, weight in weights.items() if name != encodings.UNICODE and weight}
    return max(legacy, key=lambda name: legacy[name]) if legacy else encodings.UNICODE


def _file_encoding(properties: FileProperties, main_encoding: str, options: ReadOptions) -> str:
    if not properties.eight_bit:
        return (
            options.encoding if options.encoding in encodings.LEGACY else properties.encoding or main_encoding
        )
    return options.encoding or (
        "cp1252" if main_encoding in (encodings.UNICODE, "mojibake") else main_encoding
    )


def _no_records() -> Any:
    raise EmptyFile
