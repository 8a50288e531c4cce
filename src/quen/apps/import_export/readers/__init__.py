"""Extension point for file formats: one module per format; each is asked whether the first bytes are its own.

A reader has a `name`, `recognises(head, filename)` and `open_table(…)`. The content
decides, never the file name: shops send tab-separated text as .xls and workbooks as .csv.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final, Protocol

from quen.apps.import_export.errors import EmptyFile
from quen.apps.import_export.headers import NO_KNOWN_HEADERS, KnownHeaders
from quen.apps.import_export.readers import delimited, workbook
from quen.apps.import_export.readers.sources import FileSource
from quen.apps.import_export.tables import LIMITS, ReadLimits, ReadOptions, Table

_HEAD_BYTES: Final = 4096


class TableReader(Protocol):
    """A reader of one file format."""

    @property
    def name(self) -> str:
        """The first part of `Table.format`."""

    def recognises(self, head: bytes, filename: str) -> bool:
        """Return whether the first bytes have this format."""

    def open_table(
        self,
        source: FileSource,
        filename: str,
        options: ReadOptions,
        limits: ReadLimits,
        known_headers: KnownHeaders,
    ) -> Table:
        """Return the table of a file. Raises UnreadableFile."""


# The last one accepts everything.
_readers: list[TableReader] = [workbook, delimited]


def register(reader: TableReader) -> None:
    """Register a format; it is asked before those registered earlier."""
    _readers.insert(0, reader)


def open_table(
    source: BinaryIO | Path,
    filename: str,
    *,
    options: ReadOptions | None = None,
    limits: ReadLimits = LIMITS,
    known_headers: KnownHeaders = NO_KNOWN_HEADERS,
) -> Table:
    """Return the table in a file. source: a path, or a seekable stream that stays open while rows are read.

    known_headers: help to find the header row, the sheet and the delimiter.

    Raises UnreadableFile. Files larger than a few megabytes are never held in memory; macros are never run and
    formulas have the value that the file stores for them.
    """
    bytes_ = FileSource(source)
    if not bytes_.size:
        raise EmptyFile
    head = bytes_.head(_HEAD_BYTES)
    reader = next(reader for reader in _readers if reader.recognises(head, filename))
    return reader.open_table(bytes_, filename, options or ReadOptions(), limits, known_headers)
