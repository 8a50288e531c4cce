"""Reads of the import_export room."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Count, QuerySet

from quen.apps.import_export import registry
from quen.apps.import_export.matching import ColumnGuess, Matching, match_columns
from quen.apps.import_export.models import Import, ImportIssue, SavedMatching
from quen.apps.import_export.readers import open_table
from quen.apps.import_export.registry import ColumnMapping, ImportContext, RowIssue, UndoPreview
from quen.apps.import_export.tables import ReadOptions, Row, Table, first_rows
from quen.apps.import_export.types import FileGone, ImportNotFound, ImportState, IssueKind
from quen.apps.team import queries as team

#: sample rows the matching looks at
MATCH_ROWS = 500
#: a text file longer than this is not read to its end for looking at its first rows
HEAD_BYTES = 8 << 20
_WORKBOOK_MAGIC = (b"PK", b"\xd0\xcf\x11\xe0")
UNFINISHED_STATES = (ImportState.DRAFT, ImportState.STOPPED, ImportState.FAILED)
ACTIVE_STATES = (ImportState.WAITING, ImportState.RUNNING)


def imports(kind: str = "contacts") -> QuerySet[Import]:
    """Give imports, newest first."""
    return Import.objects.filter(kind=kind)


def unfinished_imports(kind: str = "contacts") -> QuerySet[Import]:
    """Give what may be continued, newest first (IMX-18)."""
    return imports(kind).filter(state__in=UNFINISHED_STATES)


def get_import(import_id: int) -> Import:
    """Give an import. Raises ImportNotFound."""
    found = Import.objects.filter(pk=import_id).select_related("file", "progress").first()
    if found is None:
        raise ImportNotFound()
    return found


@contextmanager
def opened(import_: Import) -> Iterator[Table]:
    """The table of an import's file, copied to disk for the length of a block.

    Raises FileGone and what readers refuse with.
    """
    if import_.file is None:
        raise FileGone()
    with tempfile.TemporaryDirectory(prefix="quen-import-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as target:
            for chunk in team.file_chunks(import_.file):
                target.write(chunk)
        yield open_table(path, import_.filename, options=read_options(import_.read_options))


@contextmanager
def open_head(import_: Import) -> Iterator[Table]:
    """The table as `opened` gives it, for looking at its first rows: of a long text file only the beginning is read.

    Its number of rows is that of the part. Raises FileGone and what readers refuse with.
    """
    head = _head_bytes(import_)
    if head is None:
        with opened(import_) as table:
            yield table
    else:
        yield open_table(io.BytesIO(head), import_.filename, options=read_options(import_.read_options))


def _head_bytes(import_: Import) -> bytes | None:
    """Whole lines from the start of a long text file that was read before; None where it takes the whole file."""
    encoding = str(import_.read_options.get("encoding") or "")
    if (
        import_.file is None
        or import_.file.size <= HEAD_BYTES
        or not encoding
        or encoding.startswith("utf-16")
    ):
        return None
    head = bytearray()
    for chunk in team.file_chunks(import_.file):
        if not head and chunk.startswith(_WORKBOOK_MAGIC):
            return None
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return bytes(head[: head.rfind(b"\n") + 1]) or None


def read_options(options: Mapping[str, Any]) -> ReadOptions:
    """Give the options kept with an import."""
    known = {name: options[name] for name in ReadOptions.__dataclass_fields__ if name in options}
    if "column_encodings" in known:
        known["column_encodings"] = tuple(known["column_encodings"] or ())
    return ReadOptions(**known)


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """A file as it is understood: the table, its first rows, and where its columns would go."""

    table: Table
    rows: tuple[Row, ...]
    matching: Matching


def preview(import_: Import, *, rows: int = 20) -> ImportPreview:
    """Read the beginning of an import's file and propose a matching. Raises FileGone and readers' refusals."""
    with open_head(import_) as table:
        sample = first_rows(table, max(rows, MATCH_ROWS))
        return ImportPreview(table, sample[:rows], propose_matching(import_.kind, table, sample))


def propose_matching(kind: str, table: Table, sample: tuple[Row, ...]) -> Matching:
    """Match columns to the fields of a kind, as the person did last time where they did."""
    targets = registry.get(kind).targets()
    cells = [row for _number, row in sample]
    matching = match_columns(table.headers, cells, targets)
    saved = SavedMatching.objects.filter(kind=kind, header_signature=matching.signature).first()
    if saved is None or len(saved.matching) != len(table.headers):
        return matching
    remembered = [entry.get("target") for entry in saved.matching]
    return match_columns(table.headers, cells, targets, remembered=remembered)


def as_entry(guess: ColumnGuess) -> dict[str, Any]:
    """A guess as set_matching takes it: {"target", "date_order"}, {"new_field": {...}} or {"target": None}."""
    entry: dict[str, Any] = {"target": guess.target}
    if guess.date_order:
        entry["date_order"] = guess.date_order
    if guess.target is None and guess.new_field_format:
        entry["new_field"] = {"name": guess.header, "format": guess.new_field_format}
    return entry


def missing_targets(import_: Import) -> list[tuple[Mapping[str, Any], str]]:
    """Give the columns, with their headings, that are matched with a field there is not (any more)."""
    known = {target.key for target in registry.get(import_.kind).targets()}
    return [
        (entry, header)
        for entry, header in zip(import_.matching, import_.headers, strict=True)
        if entry.get("target") and entry["target"] not in known
    ]


def context_for(import_: Import) -> ImportContext:
    """Give what a writer needs to know of an import.

    In a draft, columns whose field is gone since they were matched stand as not matched.
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
    )


def issues(import_: Import, kind: IssueKind | None = None) -> QuerySet[ImportIssue]:
    """Give what was wrong, in the order of the file."""
    found = ImportIssue.objects.filter(import_record=import_).order_by("row_number", "id")
    return found if kind is None else found.filter(kind=kind)


def issue_counts(import_: Import, kind: IssueKind) -> list[tuple[str, str, int]]:
    """Count issues by (code, field), commonest first."""
    counted = (
        ImportIssue.objects.filter(import_record=import_, kind=kind)
        .order_by()
        .values_list("code", "field")
        .annotate(times=Count("id"))
        .order_by("-times", "code", "field")
    )
    return [(code, field, times) for code, field, times in counted]


def issue_text(import_: Import, issue: ImportIssue) -> str:
    """Why, in the reader's language."""
    return registry.get(import_.kind).issue_text(
        RowIssue(issue.row_number, issue.code, issue.field, issue.params)
    )


def issue_texts(import_: Import, found: Sequence[ImportIssue]) -> list[str]:
    """Why, for each of many."""
    row_issues = [RowIssue(issue.row_number, issue.code, issue.field, issue.params) for issue in found]
    return registry.get(import_.kind).issue_texts(row_issues)


def code_text(import_: Import, code: str, field: str = "") -> str:
    """What a code means, in the reader's language, for summaries."""
    return registry.get(import_.kind).issue_text(RowIssue(0, code, field))


def preview_undo(import_: Import) -> UndoPreview:
    """Say what taking an import back would do now."""
    if import_.change_id is None:
        return UndoPreview(0, 0, 0)
    return registry.get(import_.kind).preview_undo(import_.change_id)
