"""Text tables: csv, tsv, Excel's Unicode text, and rows pasted from a spreadsheet.

One quick pass over the bytes detects the encoding, the number of lines and lines that are too long; then the standard
library's csv module streams the rows. Memory use does not depend on the size.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, Literal

from quen.apps.import_export import headers as headings
from quen.apps.import_export.errors import (
    CellTooLong,
    EmptyFile,
    LineTooLong,
    NotATable,
    UnclosedQuote,
    WrongEncoding,
)
from quen.apps.import_export.headers import KnownHeaders
from quen.apps.import_export.readers.sources import FileSource
from quen.apps.import_export.tables import (
    DELIMITERS,
    Cell,
    FileProperties,
    ReadLimits,
    ReadOptions,
    Table,
    is_blank,
    make_table,
)
from quen.core import encodings
from quen.core.table_files import unescape_formula

name: Final = "delimited"
_CHUNK: Final = 1 << 20
_SNIFF_BYTES: Final = 1 << 18
_SNIFF_ROWS: Final = 200
_JUDGED_LETTERS: Final = 1_000_000
# Magic numbers of other formats, so that pictures and documents get their own error.
_BINARY_MAGIC: Final = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"\x7fELF",
    b"MZ\x90",
)
# A record with more lines than this comes from a quotation mark that is never closed.
_MAX_RECORD_LINES: Final = 200


def recognises(head: bytes, filename: str) -> bool:
    """Return True: what no other reader recognises is treated as text; open_table rejects what is not."""
    return True


def open_table(
    source: FileSource, filename: str, options: ReadOptions, limits: ReadLimits, known_headers: KnownHeaders
) -> Table:
    """Return the table in a text file. Raises UnreadableFile."""
    head = source.head(_SNIFF_BYTES)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise EmptyFile
    # Another program may have saved a legacy font's letters as UTF-8, so look at the bytes first.
    chosen = None if options.encoding in encodings.LEGACY else options.encoding
    encoding = chosen or encodings.file_encoding(head)
    if encoding is None or not encoding.startswith("utf-16"):
        _refuse_binary(head)
    scan = _scan(source, encoding, chosen is not None, limits)
    codec = encodings.CODECS[scan.encoding]
    text = codecs.getincrementaldecoder(codec)("replace").decode(head)
    separator_line = text.lower().startswith("sep=")
    delimiter = options.delimiter or _sniff(text, separator_line, options.quotes, known_headers)

    def records() -> _TextRecords:
        return _TextRecords(source, scan, DELIMITERS[delimiter], separator_line, options.quotes)

    properties = FileProperties(
        format=name,
        encoding=None if codec == "latin-1" else scan.encoding,
        delimiter=delimiter,
        sheet=None,
        sheets=(),
        rows_estimate=scan.lines,
        eight_bit=codec == "latin-1",
    )
    if scan.odd_quotes and options.quotes:
        _refuse_unclosed(records())
    return make_table(properties, records, options, limits, known_headers)


@dataclass(frozen=True, slots=True)
class _Scan:
    encoding: str
    lines: int
    odd_quotes: bool
    has_nul: bool
    has_apostrophe: bool
    errors: str


class _TextRecords:
    """The csv rows of a text file, with the row numbers a spreadsheet would show."""

    def __init__(
        self, source: FileSource, scan: _Scan, delimiter: str, separator_line: bool, quotes: bool
    ) -> None:
        self._raw = source.open()
        self._size = source.size or 1
        self._scan = scan
        self._delimiter = delimiter
        self._first = 2 if separator_line else 1
        self._quotes = quotes

    def fraction(self) -> float:
        return 1.0 if self._raw.closed else min(1.0, self._raw.tell() / self._size)

    def __iter__(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        with io.BufferedReader(self._raw, _CHUNK) as stream:
            codec = encodings.CODECS[self._scan.encoding]
            text = io.TextIOWrapper(stream, codec, errors=self._scan.errors, newline="")
            escaped = self._scan.errors == "surrogateescape"
            ended: list[bool] = []
            lines: Iterable[str] = _without_nul(text) if self._scan.has_nul else text
            lines = chain(lines, _note_end(ended))
            reader = csv.reader(lines, delimiter=self._delimiter, quoting=_quoting(self._quotes))
            number, line = self._first, 0
            try:
                for number, cells in enumerate(islice(reader, self._first - 1, None), self._first):
                    # A quotation mark that is still open at the end has swallowed the rest of the file.
                    if ended or reader.line_num - line > _MAX_RECORD_LINES:
                        raise UnclosedQuote(row=number)
                    line = reader.line_num
                    if self._scan.has_apostrophe:
                        cells = [unescape_formula(cell) for cell in cells]
                    yield number, [encodings.undamaged(cell) for cell in cells] if escaped else cells
            except csv.Error as error:
                raise CellTooLong(row=number + 1) from error
            except UnicodeError as error:
                raise WrongEncoding(encoding=self._scan.encoding) from error


def _quoting(quotes: bool) -> Literal[0, 3]:
    return csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE


def _note_end(ended: list[bool]) -> Iterator[str]:
    ended.append(True)
    yield from ()


def _without_nul(lines: Iterable[str]) -> Iterator[str]:
    return (line.replace("\0", "") for line in lines)


def _refuse_binary(head: bytes) -> None:
    if head.startswith(_BINARY_MAGIC):
        raise NotATable
    strange = len(head) - len(head.translate(None, bytes({*range(32)} - {9, 10, 13})))
    if strange * 20 > len(head) or head.count(0) * 100 > len(head):
        raise NotATable


def _scan(source: FileSource, encoding: str | None, chosen: bool, limits: ReadLimits) -> _Scan:
    """Read all bytes once and return the encoding, the number of lines and other facts. Raises LineTooLong.

    Text without a byte order mark of whose letters beyond ASCII most are not valid UTF-8 is 8-bit text; a few bad bytes
    are damage. A byte order mark is trusted in any case.
    """
    codec = encodings.CODECS[encoding] if encoding else "utf-8"
    check = codecs.getincrementaldecoder(codec)("strict") if codec != "latin-1" else None
    wide = bool(encoding and encoding.startswith("utf-16"))
    valid, damaged = True, False
    feeds = returns = quotes = line_bytes = has_nul = apostrophes = 0
    with source.buffered(_CHUNK) as stream:
        while True:
            chunk = stream.read(_CHUNK)
            if check:
                try:
                    check.decode(chunk, not chunk)
                except UnicodeError as error:
                    damaged = (
                        not wide and (encoding or "utf-8").startswith("utf-8") and _is_mostly_utf8(source)
                    )
                    if chosen and not damaged:
                        raise WrongEncoding(encoding=encoding) from error
                    check, valid = None, False
            if not chunk:
                break
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            quotes += chunk.count(b'"')
            has_nul += chunk.count(0)
            apostrophes += chunk.count(b"'")
            last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            line_bytes = line_bytes + len(chunk) if last < 0 else len(chunk) - last
            if line_bytes > limits.line:
                raise LineTooLong(limit_mb=limits.line >> 20)
    errors = "strict" if valid else "replace" if wide else "surrogateescape"
    encoding = encoding or ("utf-8" if valid or damaged else "cp1252")
    return _Scan(
        encoding=encoding,
        lines=(feeds or returns) + (line_bytes > 1 + wide),
        odd_quotes=quotes % 2 == 1,
        has_nul=bool(has_nul) and not wide,
        has_apostrophe=bool(apostrophes),
        errors=errors if encodings.CODECS[encoding] != "latin-1" else "strict",
    )


def _is_mostly_utf8(source: FileSource) -> bool:
    """Return whether most letters beyond ASCII are valid UTF-8, in a file that is not throughout."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    beyond = invalid = 0
    with source.buffered(_CHUNK) as stream:
        while beyond < _JUDGED_LETTERS and (chunk := stream.read(_CHUNK)):
            if not chunk.isascii():
                found, bad = encodings.letters_beyond_ascii(decoder.decode(chunk))
                beyond, invalid = beyond + found, invalid + bad
    return invalid * 2 < beyond


def _sniff(text: str, separator_line: bool, quotes: bool, known_headers: KnownHeaders) -> str:
    """Return the delimiter that splits the first rows most evenly; with equal results the one with more columns."""
    first, _break, rest = text.partition("\n")
    if separator_line:
        named = {mark: key for key, mark in DELIMITERS.items()}.get(first.strip("\r")[4:5])
        if named:
            return named
        text = rest
    return max(DELIMITERS, key=lambda key: _evenness(text, DELIMITERS[key], quotes, known_headers))


def _evenness(text: str, mark: str, quotes: bool, known_headers: KnownHeaders) -> tuple[float, int]:
    lines = io.StringIO(text, newline="")
    try:
        reader = csv.reader(lines, delimiter=mark, quoting=_quoting(quotes))
        first = list(islice(reader, _SNIFF_ROWS))
    except csv.Error:
        return 0.0, 0
    rows = [row for row in first if not is_blank(row)]
    widths = Counter(map(len, rows))
    if not widths:
        return 0.0, max(map(len, first), default=0)
    width, times = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    if width == 1:
        return 0.0, 0
    _position, known = headings.find_header_row(rows[: headings.HEADER_SEARCH_ROWS], known_headers)
    return times / len(rows) + min(known, 5) * 0.1, width


def _refuse_unclosed(records: _TextRecords) -> None:
    for _record in records:
        pass
