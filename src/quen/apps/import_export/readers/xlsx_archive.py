"""Contents of an .xlsx and checks before unpacking: sizes, ratios, entities, passwords, broken parts."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final
from xml.parsers import expat

from quen.apps.import_export.errors import (
    BrokenFile,
    ForbiddenXml,
    NotATable,
    OtherWorkbook,
    ProtectedFile,
    UnpacksTooLarge,
)
from quen.apps.import_export.readers.merged import MergedRows
from quen.apps.import_export.readers.sources import FileSource
from quen.apps.import_export.tables import ReadLimits

_CHUNK: Final = 1 << 18
_RATIO_CHECK_FROM: Final = 32 << 20
_SMALL_PART: Final = 16 << 20
_FORBIDDEN: Final = tuple(
    word.encode(codec) for word in ("<!DOCTYPE", "<!ENTITY") for codec in ("ascii", "utf-16-le", "utf-16-be")
)
#: a cell and a row as Excel writes them; any other form is left to our own parser
_PLACED: Final = re.compile(rb"<(?:\w+:)?(?:c|row)[\s/>]")
_REFERENCE: Final = re.compile(rb'<(?:\w+:)?c (?:[^<>]*? )??r="([A-Z]{1,3})([0-9]{1,7})"')
_ROW: Final = re.compile(rb'<(?:\w+:)?row (?:[^<>]*? )??r="([0-9]{1,7})"')
_MERGED: Final = re.compile(
    rb'<(?:\w+:)?mergeCell [^<>]*?ref="([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})"'
)
_MOST_MERGED: Final = 100_000
_LARGEST_WITH_MERGED: Final = 1 << 30
_OnStart = Callable[[str, dict[str, str]], None]
_ARCHIVE_ERRORS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # raised by zipfile for an unknown compression method
    expat.ExpatError,
    KeyError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet: its display name and its path in the archive."""

    name: str
    path: str
    visible: bool


@dataclass(frozen=True, slots=True)
class XlsxContents:
    """The relevant parts of a checked archive."""

    sheets: tuple[SheetPart, ...]
    shared_strings: str | None
    styles: str | None
    uses_1904_dates: bool
    needs_streaming: bool
    merged: Mapping[str, Sequence[MergedRows]] = field(default_factory=dict)


@contextmanager
def archive_errors() -> Iterator[None]:
    """Turn errors while unpacking into BrokenFile or ProtectedFile."""
    try:
        yield
    except _ARCHIVE_ERRORS as error:
        raise BrokenFile from error
    except RuntimeError as error:  # raised by zipfile for an encrypted entry
        raise ProtectedFile from error


def inspect(source: FileSource, limits: ReadLimits) -> XlsxContents:
    """Check an archive and return its sheets. Raises UnreadableFile."""
    with archive_errors(), source.buffered() as stream, zipfile.ZipFile(stream) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        _refuse_bombs(list(entries.values()), limits)
        if any(entry.flag_bits & 1 for entry in entries.values()):
            raise ProtectedFile
        workbook = _find_workbook(archive, entries)
        contents = _read_workbook(archive, entries, workbook)
        sizes = [entries[sheet.path].file_size for sheet in contents.sheets]
        if contents.shared_strings:
            sizes.append(entries[contents.shared_strings].file_size)
        needs_streaming = (
            max(sizes, default=0) > limits.in_memory_sheet or sum(sizes) > 2 * limits.in_memory_sheet
        )
        # calamine allocates the full rectangle of a sheet, so a single cell far away would take gigabytes.
        needs_streaming = needs_streaming or _check_parts(
            archive, entries, {sheet.path for sheet in contents.sheets}
        )
        paths = [sheet.path for sheet in contents.sheets] if needs_streaming else []
        merged = {path: _merged_rows(archive, entries[path]) for path in paths}
    return replace(contents, needs_streaming=needs_streaming, merged=merged)


def safe_parser() -> expat.XMLParserType:
    """Return an XML parser that rejects every document type and entity declaration."""

    def refuse(*_attributes: object) -> None:
        raise ForbiddenXml

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def _refuse_bombs(entries: list[zipfile.ZipInfo], limits: ReadLimits) -> None:
    if len(entries) > limits.parts or sum(entry.file_size for entry in entries) > limits.unpacked:
        raise UnpacksTooLarge
    for entry in entries:
        if entry.file_size > max(_RATIO_CHECK_FROM, entry.compress_size * limits.unpacked_ratio):
            raise UnpacksTooLarge


def _find_workbook(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> str:
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


def _read_workbook(
    archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], workbook: str
) -> XlsxContents:
    folder, _slash, file = workbook.rpartition("/")
    relations = _relations(archive, entries, f"{folder}/_rels/{file}.rels", folder)
    targets = {key: target for key, _kind, target in relations}
    kinds = {kind: target for _key, kind, target in relations if target in entries}
    sheets: list[SheetPart] = []
    from_1904 = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal from_1904
        tag = tag.rpartition(":")[2]
        if tag == "workbookPr":
            from_1904 = attributes.get("date1904") in {"1", "true"}
        elif tag == "sheet":
            key = next((value for name, value in attributes.items() if name.endswith(":id")), "")
            path = targets.get(key, "")
            if path in entries and "/chartsheets/" not in path and "/dialogsheets/" not in path:
                sheets.append(
                    SheetPart(
                        attributes.get("name", ""), path, attributes.get("state", "visible") == "visible"
                    )
                )

    _parse_small(archive, entries, workbook, start)
    return XlsxContents(tuple(sheets), kinds.get("sharedStrings"), kinds.get("styles"), from_1904, False)


def _relations(
    archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], path: str, folder: str
) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            path_ = (
                target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            )
            found.append((attributes.get("Id", ""), attributes.get("Type", "").rpartition("/")[2], path_))

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
    parser = safe_parser()
    parser.StartElementHandler = start
    parser.Parse(archive.read(path), True)


def _check_parts(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], sheets: set[str]) -> bool:
    """Unpack what calamine would, to verify checksums and reject declarations.

    Return whether a sheet needs our own parser: it is sparse, or its cells are not placed as Excel does it. A place
    overlooked here could make calamine ask for more memory than there is, which ends the process.
    """
    sparse = False
    for path, entry in entries.items():
        is_xml = path.lower().endswith((".xml", ".rels"))
        if not (is_xml or path in sheets) or entry.file_size > 2 * _SMALL_PART * 4:
            continue
        cells = rows = columns = 0
        tail = b""
        with archive.open(entry) as part:
            while chunk := part.read(_CHUNK):
                window = tail + chunk
                if any(word in window for word in _FORBIDDEN):
                    raise ForbiddenXml
                if len(tail) > _CHUNK:
                    return True  # a tag without end
                window, tail = _after_last_tag(window)
                found, in_rows = _REFERENCE.findall(window), _ROW.findall(window)
                cells += len(found)
                rows = max(rows, max((int(row) for _letters, row in found), default=0))
                rows = max(rows, max(map(int, in_rows), default=0))
                columns = max(
                    columns, max((_column(letters) for letters in {pair[0] for pair in found}), default=0)
                )
                sparse = sparse or len(found) + len(in_rows) < len(_PLACED.findall(window))
        sparse = sparse or rows * max(columns, 1) > 2_000_000 + 20 * cells
    return sparse


def _merged_rows(archive: zipfile.ZipFile, sheet: zipfile.ZipInfo) -> list[MergedRows]:
    """Return the merged ranges of several rows, which a sheet declares behind its cells.

    None of a sheet so large that reading it once more would take long.
    """
    found: list[MergedRows] = []
    if sheet.file_size > _LARGEST_WITH_MERGED:
        return found
    tail = b""
    with archive.open(sheet) as part:
        while chunk := part.read(_CHUNK):
            window, tail = _after_last_tag(tail + chunk)
            if b"mergeCell " in window:
                found += [
                    MergedRows(_column(letters) - 1, int(first), int(last))
                    for letters, first, last in _MERGED.findall(window)
                    if int(last) > int(first)
                ]
            if len(found) > _MOST_MERGED or len(tail) > _CHUNK:
                return []
    return found


def _after_last_tag(window: bytes) -> tuple[bytes, bytes]:
    """Return the part that ends with a whole tag, and the rest."""
    end = window.rfind(b">") + 1
    return window[:end], window[end:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
