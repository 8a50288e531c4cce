"""Workbooks: .xlsx (and .xlsm, whose macros are never touched) and the old .xls.

Sheets of ordinary size are read by calamine, which holds a sheet in memory; large or sparse ones by `xlsx_stream`.
Cells have the value stored in the file: formulas their last result, errors such as #N/A no value. The value of a merged
range is that of all its rows, in its first column. A sheet that is full goes on in the next ones with the same heading.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final

import python_calamine as calamine

from quen.apps.import_export import headers as headings
from quen.apps.import_export.errors import (
    BrokenFile,
    EmptyFile,
    FileTooLarge,
    NoSuchSheet,
    NotATable,
    OtherWorkbook,
    ProtectedFile,
    WebPage,
)
from quen.apps.import_export.headers import KnownHeaders
from quen.apps.import_export.readers import trial, xlsx_archive, xlsx_stream
from quen.apps.import_export.readers.merged import MergedRows, filled_down
from quen.apps.import_export.readers.sources import FileSource
from quen.apps.import_export.tables import (
    Cell,
    FileProperties,
    ReadLimits,
    ReadOptions,
    Records,
    Table,
    cell_text,
    is_blank,
    make_table,
)

name: Final = "workbook"
_ZIP: Final = b"PK"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_BIFF: Final = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_OTHER_DOCUMENTS: Final = ("WordDocument".encode("utf-16-le"), "PowerPoint Document".encode("utf-16-le"))
_WORKBOOK_STREAMS: Final = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_MAX_SHEETS_SCORED: Final = 20
#: the largest old workbook takes a few seconds
_TRIAL_SECONDS: Final = 120
#: rows at the top of a sheet among which its heading is
_MAX_HEADING_ROWS: Final = 30
_ERROR_VALUES: Final = frozenset(
    {
        "#N/A",
        "#DIV/0!",
        "#VALUE!",
        "#REF!",
        "#NAME?",
        "#NUM!",
        "#NULL!",
        "#GETTING_DATA",
        "#DATA!",
        "#SPILL!",
        "#CALC!",
    }
)


def recognises(head: bytes, filename: str) -> bool:
    """Return whether it is a zip archive, an OLE document, or a web page (which shops name .xls)."""
    return head.startswith((_ZIP, _OLE, *_OLD_BIFF)) or _is_markup(head, filename)


def open_table(
    source: FileSource, filename: str, options: ReadOptions, limits: ReadLimits, known_headers: KnownHeaders
) -> Table:
    """Return the table in a workbook. Raises UnreadableFile."""
    head = source.head(4096)
    if _is_markup(head, filename):
        raise OtherWorkbook if b"<?xml" in head[:200] else WebPage
    if head.startswith(_OLD_BIFF):
        raise OtherWorkbook
    if head.startswith(_OLE):
        _check_ole(source, limits)
        _survive(source)
        return _open_in_memory(source, "xls", options, limits, known_headers)
    contents = xlsx_archive.inspect(source, limits)
    if contents.needs_streaming:
        return _open_streamed(source, contents, options, limits, known_headers)
    return _open_in_memory(source, "xlsx", options, limits, known_headers)


class _InMemoryRecords:
    """The rows of a sheet that calamine holds in memory."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._merged = [
            MergedRows(first[1], first[0] + 1, last[0] + 1)
            for first, last in sheet.merged_cell_ranges or ()
            if last[0] > first[0]
        ]
        self._height = sheet.end[0] + 1 if sheet.end else 1
        self._at = 0

    def fraction(self) -> float:
        return min(1.0, self._at / self._height)

    def __iter__(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        return filled_down(self._rows(), self._merged)

    def _rows(self) -> Iterator[tuple[int, list[Cell]]]:
        # iter_rows yields the empty rows above the table, but not the empty columns on its left.
        start = self._sheet.start
        if start is None:
            return
        indent: list[Cell] = [None] * start[1]
        for cells in self._sheet.iter_rows():
            self._at += 1
            yield self._at, [*indent, *map(_clean_cell, cells)]


class _JoinedRecords:
    """The rows of a sheet, and those of the next sheets while the one before is full and has the same heading.

    Rows of further sheets are numbered on; their heading is left out.  full: the rows of a full sheet.
    """

    def __init__(self, sheets: Sequence[str], records: Callable[[str], Records], full: int) -> None:
        self._sheets, self._open_sheet, self._full = sheets, records, full
        self._at, self._current = 0, records(sheets[0])

    def fraction(self) -> float:
        return (self._at + self._current.fraction()) / (self._at + 1)

    def __iter__(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        top: list[list[str]] = []
        passed = last = yield from self._first(top)
        for sheet in self._sheets[1:]:
            if last < self._full:
                return
            following = self._open_sheet(sheet)
            rows = iter(following)
            heading = next(((number, cells) for number, cells in rows if not is_blank(cells)), None)
            if heading is None or _words(heading[1]) not in top:
                return
            self._at, self._current = self._at + 1, following
            shift, last = passed - heading[0], 0
            for number, cells in rows:
                last, passed = number, number + shift
                yield passed, cells

    def _first(self, top: list[list[str]]) -> Generator[tuple[int, Sequence[Cell]], None, int]:
        last = 0
        for number, cells in self._current:
            if len(top) < _MAX_HEADING_ROWS:
                top.append(_words(cells))
            last = number
            yield number, cells
        return last


def _words(cells: Sequence[Cell]) -> list[str]:
    words = [cell_text(cell) for cell in cells]
    while words and not words[-1].strip():
        words.pop()
    return words


def _clean_cell(cell: Any) -> Cell:
    kind = cell.__class__
    if kind is str:
        text: str = cell
        return None if not text or text in _ERROR_VALUES else text
    if kind is float:
        number: float = cell
        return int(number) if number.is_integer() else number
    if kind is time or kind is timedelta:
        return str(cell)
    if kind is datetime:
        moment: datetime = cell
        return moment.date() if moment.time() == time() else moment
    return cell if isinstance(cell, (int, date)) else str(cell)


def _open_in_memory(
    source: FileSource, format_: str, options: ReadOptions, limits: ReadLimits, known_headers: KnownHeaders
) -> Table:
    with source.buffered() as stream:
        book = _call_calamine(lambda: calamine.CalamineWorkbook.from_filelike(stream))
    parts = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
    names = tuple(sheet.name for sheet in parts)
    visible = [sheet.name for sheet in parts if sheet.visible == calamine.SheetVisibleEnum.Visible]
    sheets: dict[str, Any] = {}

    def records(sheet: str) -> Records:
        if sheet not in sheets:
            sheets[sheet] = _call_calamine(lambda: book.get_sheet_by_name(sheet))
        return _InMemoryRecords(sheets[sheet])

    chosen = _choose_sheet(names, visible, options, records, known_headers)
    records(chosen)
    chosen_sheet = sheets[chosen]
    properties = FileProperties(
        format_, None, None, chosen, names, chosen_sheet.end[0] + 1 if chosen_sheet.end else 0
    )
    joined = _going_on(chosen, names, visible)
    return make_table(
        properties, lambda: _JoinedRecords(joined, records, limits.sheet_rows), options, limits, known_headers
    )


def _open_streamed(
    source: FileSource,
    contents: xlsx_archive.XlsxContents,
    options: ReadOptions,
    limits: ReadLimits,
    known_headers: KnownHeaders,
) -> Table:
    book = xlsx_stream.Workbook(source, contents)
    names = tuple(sheet.name for sheet in contents.sheets)
    visible = [sheet.name for sheet in contents.sheets if sheet.visible]
    chosen = _choose_sheet(names, visible, options, book.records, known_headers)
    properties = FileProperties("xlsx", None, None, chosen, names, book.row_count(chosen))
    joined = _going_on(chosen, names, visible)
    return make_table(
        properties,
        lambda: _JoinedRecords(joined, book.records, limits.sheet_rows),
        options,
        limits,
        known_headers,
    )


def _going_on(chosen: str, names: Sequence[str], visible: Sequence[str]) -> list[str]:
    """Return the chosen sheet, and the visible ones after it."""
    return [chosen, *(name for name in names[names.index(chosen) + 1 :] if name in visible)]


def _choose_sheet(
    names: tuple[str, ...],
    visible: list[str],
    options: ReadOptions,
    records: Callable[[str], Records],
    known_headers: KnownHeaders,
) -> str:
    """Return the sheet that the user chose, else the one with the most known headers; the first of equals."""
    if not names:
        raise EmptyFile
    if options.sheet is not None:
        if options.sheet not in names:
            raise NoSuchSheet(sheet=options.sheet)
        return options.sheet
    candidates = (visible or list(names))[:_MAX_SHEETS_SCORED]
    if len(candidates) == 1:
        return candidates[0]
    return max(candidates, key=lambda sheet: _score(records(sheet), known_headers))


def _score(records: Records, known_headers: KnownHeaders) -> tuple[int, bool]:
    rows = [
        [cell_text(cell) for cell in cells] for _number, cells in islice(records, 30) if not is_blank(cells)
    ]
    return (headings.find_header_row(rows, known_headers)[1] if rows else 0), len(rows) > 1


def _call_calamine(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except calamine.PasswordError as error:
        raise ProtectedFile from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise BrokenFile from error
    except BaseException as error:
        if (
            type(error).__name__ == "PanicException"
        ):  # a failed assertion in the parser, caused by malformed files
            raise BrokenFile from error
        raise


def _survive(source: FileSource) -> None:
    """Raise BrokenFile for an old workbook at which the parser aborts, seen by a process of its own."""
    with tempfile.NamedTemporaryFile(prefix="quen-trial-", suffix=".xls") as copy:
        with source.buffered() as stream:
            shutil.copyfileobj(stream, copy)
        copy.flush()
        command = [sys.executable, "-I", trial.__file__, copy.name]
        try:
            ended = subprocess.run(command, capture_output=True, timeout=_TRIAL_SECONDS, check=False)
        except subprocess.TimeoutExpired as late:
            raise BrokenFile from late
    if ended.returncode < 0:
        raise BrokenFile


def _is_markup(head: bytes, filename: str) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<style")):
        return True
    page = b"<html" in start or b"spreadsheet" in start or b"<workbook" in start
    return start.startswith((b"<?xml", b"<!--")) and page


def _check_ole(source: FileSource, limits: ReadLimits) -> None:
    if source.size > limits.legacy_workbook:
        raise FileTooLarge(limit_mb=limits.legacy_workbook >> 20)
    tail, found = b"", False
    with source.buffered() as stream:
        while chunk := stream.read(1 << 20):
            window = tail + chunk
            if _ENCRYPTED in window:
                raise ProtectedFile
            if any(document in window for document in _OTHER_DOCUMENTS):
                raise NotATable
            found = found or any(book in window for book in _WORKBOOK_STREAMS)
            tail = window[-64:]
    if not found:
        raise BrokenFile
