"""Streaming reader for large .xlsx sheets: expat on the decompressed stream, shared strings in a temporary file.

Memory: 8 bytes per shared string, one row, and a bounded cache; nothing grows with the size of the sheet.
"""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from quen.apps.import_export.errors import BrokenFile, CellTooLong
from quen.apps.import_export.readers.merged import MergedRows, filled_down
from quen.apps.import_export.readers.sources import FileSource
from quen.apps.import_export.readers.xlsx_archive import XlsxContents, archive_errors, safe_parser
from quen.apps.import_export.tables import Cell

_CHUNK: Final = 1 << 17
_BLOCK_BYTES: Final = 1 << 16
_CACHE_SIZE: Final = 50_000
_LONGEST_CELL: Final = 1 << 20
_LAST_ROW: Final = 1 << 20
_LAST_COLUMN: Final = 1 << 14
_DATE_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NOT_DATE_WORDS: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.|general', re.IGNORECASE)
_DIGITS: Final = "0123456789"
_LAST_SERIAL: Final = 2_958_466
_DIMENSION: Final = re.compile(rb'<(?:\w+:)?dimension [^>]*ref="[A-Z$]+[0-9$]+:[A-Z$]+([0-9]+)"')


class Workbook:
    """An .xlsx opened for streaming. Its shared strings are written once to a temporary file."""

    def __init__(self, source: FileSource, contents: XlsxContents) -> None:
        self._source = source
        self._contents = contents
        self._paths = {sheet.name: sheet.path for sheet in contents.sheets}
        self._strings = _SharedStrings()
        with archive_errors(), source.buffered() as stream, zipfile.ZipFile(stream) as archive:
            if contents.shared_strings:
                self._strings.fill(archive, contents.shared_strings)
            self._date_styles = _date_styles(archive, contents.styles) if contents.styles else frozenset()

    def records(self, sheet: str) -> SheetRecords:
        """Return the rows of a sheet."""
        excel_dates = _ExcelDates(self._contents.uses_1904_dates)
        path = self._paths[sheet]
        merged = self._contents.merged.get(path, ())
        return SheetRecords(self._source, path, self._strings, self._date_styles, excel_dates, merged)

    def row_count(self, sheet: str) -> int:
        """Return the number of rows that the sheet declares; 0 when it declares none."""
        with (
            archive_errors(),
            self._source.buffered() as stream,
            zipfile.ZipFile(stream) as archive,
            archive.open(self._paths[sheet]) as part,
        ):
            found = _DIMENSION.search(part.read(4096))
        return int(found[1]) if found else 0


class SheetRecords:
    """The rows of one sheet, read once from the beginning."""

    def __init__(
        self,
        source: FileSource,
        path: str,
        strings: _SharedStrings,
        date_styles: frozenset[str],
        excel_dates: _ExcelDates,
        merged: Sequence[MergedRows] = (),
    ) -> None:
        self._source = source
        self._merged = merged
        self._path = path
        self._rows = _RowBuilder(strings, date_styles, excel_dates)
        self._read = 0
        self._size = 1

    def fraction(self) -> float:
        return min(1.0, self._read / self._size)

    def __iter__(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        return filled_down(self._all_rows(), self._merged)

    def _all_rows(self) -> Iterator[tuple[int, list[Cell]]]:
        parser = safe_parser()
        parser.StartElementHandler = self._rows.start
        parser.EndElementHandler = self._rows.end
        parser.CharacterDataHandler = self._rows.text
        before = 0
        with archive_errors(), self._source.buffered() as stream, zipfile.ZipFile(stream) as archive:
            self._size = archive.getinfo(self._path).file_size or 1
            with archive.open(self._path) as part:
                while chunk := part.read(_CHUNK):
                    self._read += len(chunk)
                    parser.Parse(chunk, False)
                    for number, cells in self._rows.take():
                        for blank in range(before + 1, number):
                            yield blank, []
                        yield number, cells
                        before = number
                parser.Parse(b"", True)


class _RowBuilder:
    """Builds rows from the XML events of a sheet."""

    def __init__(
        self, strings: _SharedStrings, date_styles: frozenset[str], excel_dates: _ExcelDates
    ) -> None:
        self._strings = strings
        self._date_styles = date_styles
        self._excel_dates = excel_dates
        self._finished: list[tuple[int, list[Cell]]] = []
        self._cells: list[Cell] = []
        self._row = 0
        self._column = 0
        self._kind: str | None = None
        self._style: str | None = None
        self._parts: list[str] = []
        self._length = 0
        self._collecting = False
        self._columns: dict[str, int] = {}
        self._name_tags("")

    def take(self) -> list[tuple[int, list[Cell]]]:
        done, self._finished = self._finished, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == self._c:
            reference = attributes.get("r")
            self._column = self._column_of(reference) if reference else self._column + 1
            self._kind = attributes.get("t")
            self._style = attributes.get("s")
            if self._parts:
                self._parts.clear()
            self._length = 0
        elif tag == self._v or tag == self._t:
            self._collecting = True
        elif tag == self._row_tag:
            number = attributes.get("r")
            self._row = max(self._row + 1, int(number) if number and number.isdecimal() else 0)
            if self._row > _LAST_ROW:
                raise BrokenFile
            self._cells = []
            self._column = 0
        elif tag.endswith("worksheet"):
            self._name_tags(tag[: -len("worksheet")])

    def text(self, data: str) -> None:
        if self._collecting:
            self._parts.append(data)
            self._length += len(data)
            if self._length > _LONGEST_CELL:
                raise CellTooLong(row=self._row)

    def end(self, tag: str) -> None:
        if tag == self._v or tag == self._t:
            self._collecting = False
        elif tag == self._c:
            if self._parts:
                value = self._value("".join(self._parts))
                if value is not None:
                    cells = self._cells
                    missing = self._column - 1 - len(cells)
                    if missing > 0:
                        cells.extend([None] * missing)
                    cells.append(value)
        elif tag == self._row_tag:
            self._finished.append((self._row, self._cells))

    def _name_tags(self, prefix: str) -> None:
        self._c, self._v, self._t, self._row_tag = prefix + "c", prefix + "v", prefix + "t", prefix + "row"

    def _column_of(self, reference: str) -> int:
        letters = reference.rstrip(_DIGITS)
        number = self._columns.get(letters)
        if number is None:
            number = 0
            for letter in letters:
                number = number * 26 + ord(letter) - 64
            if not 0 < number <= _LAST_COLUMN:
                raise BrokenFile
            self._columns[letters] = number
        return number

    def _value(self, text: str) -> Cell:
        kind = self._kind
        if kind == "s":
            return self._strings[int(text)] or None if text.isdecimal() else None
        if kind in (None, "n"):
            try:
                number: int | float = int(text)
            except ValueError:
                try:
                    number = float(text)
                except ValueError:
                    return text
                if number.is_integer():
                    number = int(number)
            return self._excel_dates.read(number) if self._style in self._date_styles else number
        if kind == "b":
            return text.strip() in {"1", "true"}
        if kind == "e":
            return None
        if kind == "d":
            return _iso(text)
        return text


class _ExcelDates:
    """Converts Excel's serial day numbers to dates."""

    def __init__(self, from_1904: bool) -> None:
        self._zero = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  # a sheet has no zone
        self._leap_bug_days = 0 if from_1904 else 60  # Excel counts 29 February 1900, which did not exist
        self._cache: dict[float, Cell] = {}

    def read(self, serial: float) -> Cell:
        found = self._cache.get(serial)
        if found is None:
            found = self._compute(serial)
            if len(self._cache) < _CACHE_SIZE:
                self._cache[serial] = found
        return found

    def _compute(self, serial: float) -> Cell:
        if not 0 <= serial < _LAST_SERIAL:
            return serial
        days = serial + 1 if 0 < serial < self._leap_bug_days else serial
        moment = self._zero + timedelta(seconds=round(days * 86_400))
        if serial < 1 and self._leap_bug_days:
            return moment.strftime("%H:%M:%S")
        return moment.date() if serial == int(serial) else moment


class _SharedStrings:
    """The shared strings of a workbook, in a temporary file that is deleted with this object."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the table
        self._starts = array("Q", [0])
        self._cache: dict[int, str] = {}
        self._block = b""
        self._block_start = 0

    def fill(self, archive: zipfile.ZipFile, path: str) -> None:
        parts: list[str] = []
        end = 0
        collecting = phonetic = False
        pending: list[bytes] = []

        def start(tag: str, _attributes: dict[str, str]) -> None:
            nonlocal collecting, phonetic
            tag = tag.rpartition(":")[2]
            if tag == "t":
                collecting = not phonetic
            elif tag == "rPh":
                phonetic = True
            elif tag == "si":
                parts.clear()

        def text(data: str) -> None:
            if collecting:
                parts.append(data)

        def finish(tag: str) -> None:
            nonlocal collecting, phonetic, end
            tag = tag.rpartition(":")[2]
            if tag == "t":
                collecting = False
            elif tag == "rPh":
                phonetic = False
            elif tag == "si":
                data = "".join(parts).encode("utf-8", "replace")
                pending.append(data)
                end += len(data)
                self._starts.append(end)

        parser = safe_parser()
        parser.StartElementHandler = start
        parser.EndElementHandler = finish
        parser.CharacterDataHandler = text
        with archive.open(path) as part:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk, False)
                if len("".join(parts[-1:])) > _LONGEST_CELL or len(parts) > _LONGEST_CELL:
                    raise CellTooLong(row=0)
                self._file.write(b"".join(pending))
                pending.clear()
            parser.Parse(b"", True)
        self._file.write(b"".join(pending))
        self._file.flush()

    def __getitem__(self, index: int) -> str:
        cached = self._cache.get(index)
        if cached is not None:
            return cached
        if index + 1 >= len(self._starts):
            raise BrokenFile
        start, end = self._starts[index], self._starts[index + 1]
        at = start - self._block_start
        block = self._block
        if at < 0 or end - self._block_start > len(block):
            # Strings are ordered by first use, so the next ones are mostly in the same block.
            block = os.pread(self._file.fileno(), max(_BLOCK_BYTES, end - start), start)
            self._block, self._block_start, at = block, start, 0
        found = block[at : at + end - start].decode("utf-8")
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[index] = found
        return found


def _date_styles(archive: zipfile.ZipFile, path: str) -> frozenset[str]:
    """Return the indexes of cell styles that show a date or a time."""
    custom: dict[str, bool] = {}
    styles: list[str] = []
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        tag = tag.rpartition(":")[2]
        if tag == "numFmt":
            custom[attributes.get("numFmtId", "")] = _shows_date(attributes.get("formatCode", ""))
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            styles.append(attributes.get("numFmtId", "0"))

    def finish(tag: str) -> None:
        nonlocal inside
        if tag.rpartition(":")[2] == "cellXfs":
            inside = False

    parser = safe_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = finish
    with archive.open(path) as part:
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    return frozenset(
        str(index)
        for index, key in enumerate(styles)
        if custom.get(key, key.isdecimal() and int(key) in _DATE_FORMATS)
    )


def _shows_date(code: str) -> bool:
    first = code.split(";")[0]
    return any(letter in "dmyhs" for letter in _NOT_DATE_WORDS.sub("", first).lower())


def _iso(text: str) -> Cell:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return moment.date() if moment == datetime.combine(moment.date(), moment.time().min) else moment
