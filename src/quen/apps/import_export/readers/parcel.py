"""What an .xlsx holds, and whether it is safe to unpack: sizes, ratios, entities, passwords, broken parts."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from quen.apps.import_export.readers.sources import Source
from quen.apps.import_export.reading import ReadLimits
from quen.apps.import_export.refusals import (
    BrokenFile,
    ForbiddenXml,
    NotATable,
    OtherWorkbook,
    ProtectedFile,
    UnpacksTooLarge,
)

_CHUNK: Final = 1 << 18
_RATIO_MATTERS_FROM: Final = 32 << 20
_SMALL_PART: Final = 16 << 20
_FORBIDDEN: Final = tuple(
    word.encode(codec) for word in ("<!DOCTYPE", "<!ENTITY") for codec in ("ascii", "utf-16-le", "utf-16-be")
)
_REFERENCE: Final = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]{1,4})([0-9]{1,9})"')
_OnStart = Callable[[str, dict[str, str]], None]
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # zipfile says so of a compression it does not know
    expat.ExpatError,
    KeyError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet: its name for people, its place in the archive."""

    name: str
    path: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """The parts that matter, after the checks."""

    sheets: tuple[SheetPart, ...]
    shared_strings: str | None
    styles: str | None
    from_1904: bool
    too_big_to_hold: bool


@contextmanager
def unpacking() -> Iterator[None]:
    """Whatever goes wrong while unpacking is the file's fault."""
    try:
        yield
    except _BROKEN as error:
        raise BrokenFile from error
    except RuntimeError as error:  # what zipfile raises for an encrypted entry
        raise ProtectedFile from error


def inspect(source: Source, limits: ReadLimits) -> Contents:
    """Check an archive and list its sheets. Raises UnreadableFile."""
    with unpacking(), source.buffered() as stream, zipfile.ZipFile(stream) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        _refuse_bombs(list(entries.values()), limits)
        if any(entry.flag_bits & 1 for entry in entries.values()):
            raise ProtectedFile
        book = _find_book(archive, entries)
        contents = _read_book(archive, entries, book)
        sizes = [entries[sheet.path].file_size for sheet in contents.sheets]
        if contents.shared_strings:
            sizes.append(entries[contents.shared_strings].file_size)
        heavy = max(sizes, default=0) > limits.held_sheet or sum(sizes) > 4 * limits.held_sheet
        # calamine lays a sheet out as a full rectangle, so one stray cell far away would take gigabytes.
        heavy = heavy or _check_parts(archive, entries, {sheet.path for sheet in contents.sheets})
    return Contents(contents.sheets, contents.shared_strings, contents.styles, contents.from_1904, heavy)


def parser() -> expat.XMLParserType:
    """An XML parser that refuses every declaration."""

    def refuse(*_told: object) -> None:
        raise ForbiddenXml

    made = expat.ParserCreate()
    made.buffer_text = True
    made.StartDoctypeDeclHandler = refuse
    made.EntityDeclHandler = refuse
    return made


def _refuse_bombs(entries: list[zipfile.ZipInfo], limits: ReadLimits) -> None:
    if len(entries) > limits.parts or sum(entry.file_size for entry in entries) > limits.unpacked:
        raise UnpacksTooLarge
    for entry in entries:
        if entry.file_size > max(_RATIO_MATTERS_FROM, entry.compress_size * limits.unpacked_ratio):
            raise UnpacksTooLarge


def _find_book(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> str:
    if "xl/workbook.xml" in entries:
        return "xl/workbook.xml"
    if "_rels/.rels" in entries:
        for _id, kind, target in _relations(archive, entries, "_rels/.rels", ""):
            if kind == "officeDocument" and target.endswith(".xml") and "xl/" in f"{target}":
                return target
    known = {
        "xl/workbook.bin",
        "content.xml",
        "Index/Document.iwa",
        "word/document.xml",
        "ppt/presentation.xml",
    }
    if "xl/workbook.bin" in entries or "content.xml" in entries or "Index/Document.iwa" in entries:
        raise OtherWorkbook
    raise NotATable if known & entries.keys() or entries else BrokenFile


def _read_book(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], book: str) -> Contents:
    folder, _slash, file = book.rpartition("/")
    relations = _relations(archive, entries, f"{folder}/_rels/{file}.rels", folder)
    targets = {key: target for key, _kind, target in relations}
    kinds = {kind: target for _key, kind, target in relations if target in entries}
    sheets: list[SheetPart] = []
    from_1904 = False

    def start(tag: str, told: dict[str, str]) -> None:
        nonlocal from_1904
        tag = tag.rpartition(":")[2]
        if tag == "workbookPr":
            from_1904 = told.get("date1904") in {"1", "true"}
        elif tag == "sheet":
            key = next((value for name, value in told.items() if name.endswith(":id")), "")
            path = targets.get(key, "")
            if path in entries and "/chartsheets/" not in path and "/dialogsheets/" not in path:
                sheets.append(
                    SheetPart(told.get("name", ""), path, told.get("state", "visible") == "visible")
                )

    _parse_small(archive, entries, book, start)
    return Contents(tuple(sheets), kinds.get("sharedStrings"), kinds.get("styles"), from_1904, False)


def _relations(
    archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], path: str, folder: str
) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []

    def start(tag: str, told: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship" and told.get("TargetMode") != "External":
            target = told.get("Target", "")
            whole = (
                target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            )
            found.append((told.get("Id", ""), told.get("Type", "").rpartition("/")[2], whole))

    _parse_small(archive, entries, path, start)
    return found


def _parse_small(
    archive: zipfile.ZipFile,
    entries: dict[str, zipfile.ZipInfo],
    path: str,
    start: Callable[[str, dict[str, str]], None],
) -> None:
    if entries[path].file_size > _SMALL_PART:
        raise UnpacksTooLarge
    made = parser()
    made.StartElementHandler = start
    made.Parse(archive.read(path), True)


def _check_parts(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], sheets: set[str]) -> bool:
    """Unpack what calamine would, for its checksums and declarations; say whether a sheet is sparse."""
    sparse = False
    for path, entry in entries.items():
        if not path.endswith((".xml", ".rels")) or entry.file_size > 2 * _SMALL_PART * 4:
            continue
        cells = rows = columns = 0
        tail = b""
        with archive.open(entry) as part:
            while chunk := part.read(_CHUNK):
                window = tail + chunk
                if any(word in window for word in _FORBIDDEN):
                    raise ForbiddenXml
                if path in sheets:
                    found = _REFERENCE.findall(window)
                    cells += len(found)
                    rows = max(rows, max((int(row) for _letters, row in found), default=0))
                    columns = max(
                        columns, max((_column(letters) for letters in {pair[0] for pair in found}), default=0)
                    )
                tail = window[-40:]
        sparse = sparse or rows * columns > 2_000_000 + 20 * cells
    return sparse


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
