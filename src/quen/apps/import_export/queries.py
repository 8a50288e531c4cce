"""Reads of the import_export app."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from django.conf import settings
from django.db.models import Count, QuerySet

from quen.apps.import_export import readers, registry
from quen.apps.import_export.columns import SampledColumn, column_letter
from quen.apps.import_export.headers import header_signature
from quen.apps.import_export.match_reasons import reason_text
from quen.apps.import_export.matching import UNDECIDED, ColumnGuess, Matching, match_columns
from quen.apps.import_export.models import Export, ExportPreset, Import, ImportIssue, SavedMatching
from quen.apps.import_export.registry import ColumnMapping, ImportContext, RowIssue, UndoPreview
from quen.apps.import_export.tables import Cell, ReadOptions, Row, Table, first_rows
from quen.apps.import_export.types import (
    ExportNotFound,
    ExportState,
    FileGone,
    ImportNotFound,
    ImportState,
    IssueKind,
)
from quen.apps.team import queries as team
from quen.apps.team.types import TeamRight
from quen.core import dates

if TYPE_CHECKING:
    from quen.apps.team.models import File, Member

#: sample rows for the matching
MATCH_ROWS = 500
#: rows in which an order of day and month is looked for that the sample leaves open
ORDER_ROWS = 200_000
#: a member's preference
HEARS_OF_ALL = "import_export.hears_of_all"
_WORKBOOK_MAGIC = (b"PK", b"\xd0\xcf\x11\xe0")
UNFINISHED_STATES = (ImportState.DRAFT, ImportState.STOPPED, ImportState.FAILED)
ACTIVE_STATES = (ImportState.WAITING, ImportState.RUNNING)
ACTIVE_EXPORT_STATES = (ExportState.WAITING, ExportState.RUNNING)
UNDOABLE_STATES = (ImportState.DONE, ImportState.STOPPED, ImportState.FAILED)


def imports(kind: str) -> QuerySet[Import]:
    """Return imports of a kind, newest first."""
    return Import.objects.filter(kind=kind)


def unfinished_imports(kind: str) -> QuerySet[Import]:
    """Return imports that can be continued, newest first (IMX-18)."""
    return imports(kind).filter(state__in=UNFINISHED_STATES)


def has_finished_import(kind: str) -> bool:
    """Return whether an import of a kind has finished."""
    return imports(kind).filter(state=ImportState.DONE).exists()


def get_import(import_id: int) -> Import:
    """Return an import. Raises ImportNotFound."""
    found = Import.objects.filter(pk=import_id).select_related("file", "progress").first()
    if found is None:
        raise ImportNotFound()
    return found


def get_export(export_id: int) -> Export:
    """Return an export. Raises ExportNotFound."""
    found = Export.objects.filter(pk=export_id).select_related("file", "progress").first()
    if found is None:
        raise ExportNotFound()
    return found


def interested_members(member_id: int | None) -> list[Member]:
    """Return who hears of an import or export: who started it, and who wants to hear of all of them (IMX-29)."""
    return [
        member
        for member in team.members()
        if member.pk == member_id
        or (member.preferences.get(HEARS_OF_ALL) and member.can(TeamRight.CONFIGURE))
    ]


def exports() -> QuerySet[Export]:
    """Return exports, newest first."""
    return Export.objects.select_related("progress")


def export_presets(kind: str) -> QuerySet[ExportPreset]:
    """Return the saved columns of a kind of export, by name."""
    return ExportPreset.objects.filter(kind=kind)


@contextmanager
def opened(import_: Import) -> Iterator[Table]:
    """Yield the table of an import's file, copied to disk for the length of the block.

    Raises FileGone and the errors of readers.
    """
    if import_.file is None:
        raise FileGone()
    with _on_disk(import_.file) as path:
        yield _open(import_, path)


@contextmanager
def opened_file(file: File, filename: str, *, header_row: int, sheet: str | None = None) -> Iterator[Table]:
    """Yield the table of a stored file, whose heading is in this row. Raises the errors of readers."""
    with _on_disk(file) as path:
        yield readers.open_table(path, filename, options=ReadOptions(header_row=header_row, sheet=sheet))


@contextmanager
def _on_disk(file: File) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="quen-import-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as target:
            for chunk in team.file_chunks(file):
                target.write(chunk)
        yield path


@contextmanager
def open_head(import_: Import) -> Iterator[Table]:
    """Yield the table like `open_table`, to show its first rows: of a long text file only the beginning is read.

    Its number of rows is that of the beginning. Raises FileGone and the errors of readers.
    """
    head = _head_bytes(import_)
    if head is None:
        with opened(import_) as table:
            yield table
    else:
        yield _open(import_, io.BytesIO(head))


def _open(import_: Import, source: Path | BinaryIO) -> Table:
    return readers.open_table(
        source,
        import_.filename,
        options=read_options(import_.read_options),
        known_headers=registry.get(import_.kind).vocabulary(),
    )


def _head_bytes(import_: Import) -> bytes | None:
    """Return the first complete lines of a long text file whose encoding is known; None when the whole file must be
    read.
    """
    encoding = str(import_.read_options.get("encoding") or "")
    if (
        import_.file is None
        or import_.file.size <= settings.IMPORT_HEAD_BYTES
        or not encoding
        or encoding.startswith("utf-16")
    ):
        return None
    head = bytearray()
    for chunk in team.file_chunks(import_.file):
        if not head and chunk.startswith(_WORKBOOK_MAGIC):
            return None
        head += chunk
        if len(head) >= settings.IMPORT_HEAD_BYTES:
            break
    return bytes(head[: head.rfind(b"\n") + 1]) or None


def read_options(options: Mapping[str, Any]) -> ReadOptions:
    """Return the stored read options of an import."""
    known = {name: options[name] for name in ReadOptions.__dataclass_fields__ if name in options}
    if "column_encodings" in known:
        known["column_encodings"] = tuple(known["column_encodings"] or ())
    return ReadOptions(**known)


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """The beginning of an import's file: the table, its first rows and the proposed matching."""

    table: Table
    rows: tuple[Row, ...]
    matching: Matching


def preview(import_: Import, *, rows: int = 20) -> ImportPreview:
    """Return the beginning of an import's file with a proposed matching. Raises FileGone and the errors of readers."""
    with open_head(import_) as table:
        sample = first_rows(table, max(rows, MATCH_ROWS))
        return ImportPreview(table, sample[:rows], _propose(import_, table, sample))


def _propose(import_: Import, table: Table, sample: tuple[Row, ...]) -> Matching:
    """Return the matching as it was proposed when the file was read, whatever was chosen since."""
    return propose_matching(import_.kind, table, sample, remembered=import_.remembered)


def propose_matching(
    kind_key: str, table: Table, sample: tuple[Row, ...], *, remembered: Sequence[str | None] | None
) -> Matching:
    """Return the matching of columns to a kind's fields. remembered: see remembered_targets."""
    kind = registry.get(kind_key)
    cells = [row for _number, row in sample]
    return match_columns(
        table.headers,
        cells,
        kind.targets(),
        kind.vocabulary(),
        new_fields=bool(kind.new_field_formats()),
        remembered=remembered,
    )


def date_orders_below(table: Table, matching: Matching) -> dict[int, str]:
    """Return the order of the dates of columns whose first rows leave it open, where a later row decides; by column.

    Of a very long file only the first part is looked through.
    """
    open_columns = [guess.index for guess in matching.columns if guess.reason_code == "date_order_ambiguous"]
    if not open_columns:
        return {}
    texts: dict[int, list[str]] = {index: [] for index in open_columns}
    for _number, cells in islice(table.rows(), ORDER_ROWS):
        for index in open_columns:
            cell = cells[index]
            if cell.__class__ is str and cell:
                texts[index].append(cell)
    orders = {index: dates.guess_order(values) for index, values in texts.items()}
    return {index: order for index, order in orders.items() if order != "ambiguous"}


def remembered_targets(kind_key: str, headers: Sequence[str]) -> list[str | None] | None:
    """Return what the columns of the last file with these headers were matched to, None without such a file.

    By column: a target's key, None for what somebody skipped, UNDECIDED for what nobody decided about.
    """
    saved = SavedMatching.objects.filter(kind=kind_key, header_signature=header_signature(headers)).first()
    if saved is None or len(saved.matching) != len(headers):
        return None
    return [entry.get("target") or (None if entry.get("answered") else UNDECIDED) for entry in saved.matching]


def as_entry(guess: ColumnGuess) -> dict[str, Any]:
    """Return a guess as set_matching takes it: {"target", "date_order"}, {"new_field": {...}} or {"target": None}."""
    entry: dict[str, Any] = {"target": guess.target}
    if guess.date_order:
        entry["date_order"] = guess.date_order
    if guess.target is None and guess.new_field_format:
        entry["new_field"] = {"name": guess.header, "format": guess.new_field_format}
    return entry


def missing_targets(import_: Import) -> list[tuple[Mapping[str, Any], str]]:
    """Return (entry, header) of the columns matched to a field that no longer exists."""
    known = {target.key for target in registry.get(import_.kind).targets()}
    return [
        (entry, header)
        for entry, header in zip(import_.matching, import_.headers, strict=True)
        if entry.get("target") and entry["target"] not in known
    ]


def context_for(import_: Import) -> ImportContext:
    """Return what a writer needs to know about an import.

    In a draft, columns whose field was deleted since count as skipped.
    """
    missing = (
        {id(entry) for entry, _header in missing_targets(import_)}
        if import_.state == ImportState.DRAFT
        else ()
    )
    columns = [
        ColumnMapping(index, entry["target"], header, entry.get("date_order") or "dmy")
        for index, (entry, header) in enumerate(zip(import_.matching, import_.headers, strict=True))
        if entry.get("target") and id(entry) not in missing
    ]
    return ImportContext(
        import_id=import_.pk,
        filename=import_.filename,
        platform=import_.platform,
        columns=columns,
        settings=import_.settings,
        member_id=import_.member_id,
        member_name=import_.member_name,
        change_id=import_.change_id,
        headers=import_.headers,
    )


def left_out_columns(import_: Import) -> list[SampledColumn]:
    """Return the columns with values that are skipped, with a sample of their values.

    Raises FileGone and the errors of readers.
    """
    left_out = {index for index, entry in enumerate(import_.matching) if is_left_out(entry)}
    with open_head(import_) as table:
        rows = [cells for _number, cells in first_rows(table, MATCH_ROWS)]
    columns = [
        SampledColumn(index, header, (cells[index] for cells in rows if index < len(cells)))
        for index, header in enumerate(import_.headers)
        if index in left_out
    ]
    return [column for column in columns if column.cells]


@dataclass(frozen=True, slots=True)
class SkippedColumn:
    """A column with values that is skipped. name: its heading, or its letter.  reason: in the active language."""

    index: int
    header: str
    name: str
    reason: str


def skipped_columns(import_: Import) -> list[SkippedColumn]:
    """Return the columns with values that are skipped, and why. Raises FileGone and the errors of readers."""
    with_values = {column.index for column in left_out_columns(import_)}
    if not with_values:
        return []
    reasons = registry.get(import_.kind).vocabulary().reasons
    return [
        SkippedColumn(
            guess.index,
            guess.header,
            guess.header or column_letter(guess.index),
            reason_text(guess.reason_code, guess.reason_params, reasons),
        )
        for guess in preview(import_).matching.columns
        if guess.index in with_values
    ]


def columns_with_values(import_: Import) -> list[ColumnMapping]:
    """Return the matched columns with their most common values. Raises FileGone and the errors of readers."""
    with open_head(import_) as table:
        rows = [cells for _number, cells in first_rows(table, MATCH_ROWS)]
    return [replace(column, values=_common_values(column, rows)) for column in context_for(import_).columns]


def _common_values(column: ColumnMapping, rows: Sequence[Sequence[Cell]]) -> tuple[str, ...]:
    cells = (cells[column.index] for cells in rows if column.index < len(cells))
    return SampledColumn(column.index, column.header, cells).common_values


def is_left_out(entry: Mapping[str, Any]) -> bool:
    """Return whether an entry of a matching skips its column."""
    return not entry.get("target") and not entry.get("new_field")


def issues(import_: Import, kind: IssueKind | None = None) -> QuerySet[ImportIssue]:
    """Return an import's issues in file order."""
    found = ImportIssue.objects.filter(import_record=import_).order_by("row_number", "id")
    return found if kind is None else found.filter(kind=kind)


def issue_counts(import_: Import, kind: IssueKind) -> list[tuple[str, str, int]]:
    """Return (code, field, number of issues), most frequent first."""
    counted = (
        ImportIssue.objects.filter(import_record=import_, kind=kind)
        .order_by()
        .values_list("code", "field")
        .annotate(times=Count("id"))
        .order_by("-times", "code", "field")
    )
    return [(code, field, times) for code, field, times in counted]


def issue_text(import_: Import, issue: ImportIssue) -> str:
    """Return an issue's text in the active language."""
    return registry.get(import_.kind).issue_text(
        RowIssue(issue.row_number, issue.code, issue.field, issue.params)
    )


def issue_texts(import_: Import, found: Sequence[ImportIssue]) -> list[str]:
    """Return the texts of many issues with few database queries."""
    row_issues = [RowIssue(issue.row_number, issue.code, issue.field, issue.params) for issue in found]
    return registry.get(import_.kind).issue_texts(row_issues)


def code_text(import_: Import, code: str, field: str = "") -> str:
    """Return the text of an issue code for summaries, in the active language."""
    return registry.get(import_.kind).issue_text(RowIssue(0, code, field))


def can_undo(import_: Import) -> bool:
    """Return whether an import has something to undo; the kind may still refuse because it is too late."""
    return import_.state in UNDOABLE_STATES and import_.change_id is not None


def preview_undo(import_: Import) -> UndoPreview:
    """Return what undoing an import now would do."""
    if import_.change_id is None:
        return UndoPreview(0, 0, 0)
    return registry.get(import_.kind).preview_undo(import_.change_id)
