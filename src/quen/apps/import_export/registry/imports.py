"""Kinds of rows that files bring in: each kind owns its fields, the parsing of cells and the writing of rows.

A kind lists the fields that columns can be matched to, brings a vocabulary that recognises them in files, and opens
an ImportWriter for each import. The writer parses cells in pure Python (`prepare`, which runs in a thread while the
database works on the previous batch) and writes a batch in the transaction that also moves the import's position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, datetime
from typing import Any, Protocol

from django.utils.functional import Promise

from quen.apps.import_export.columns import SampledColumn
from quen.apps.import_export.matching import FieldTarget
from quen.apps.import_export.tables import Row
from quen.apps.import_export.types import ConflictPolicy
from quen.apps.import_export.vocabulary import (
    KindVocabulary,
)
from quen.core.actors import Actor

Text = str | Promise


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The target of one column. date_order: dmy, mdy or ymd.  header: as in the file.

    values: the most common ones of the first rows, where the wizard asks about them.
    """

    index: int
    target: str
    header: str
    date_order: str = "dmy"
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What a writer needs to know about an import; plain values.

    settings: conflict_policy, and what the kind's form asks for.  change_id: the kind's record with which it undoes
    the import, None before the first run.  headers: of all columns, those left out as well.
    """

    import_id: int
    filename: str
    platform: str
    columns: Sequence[ColumnMapping]
    settings: Mapping[str, Any]
    member_id: int | None
    member_name: str
    change_id: int | None = None
    headers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RowIssue:
    """Why a row was refused, or which value of an imported row was left out. field: a target key, or ""."""

    row: int
    code: str
    field: str = ""
    params: Mapping[str, Any] = dataclass_field(default_factory=dict)


@dataclass(slots=True)
class BatchOutcome:
    """The result of a batch.

    created + updated + unchanged + refused is the number of rows. repeated: those of the updated and unchanged rows
    that are about somebody whom an earlier row of the same file had created or matched; repeated_updated: those of
    the updated rows.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    repeated_updated: int = 0
    refused: list[RowIssue] = dataclass_field(default_factory=list)
    warnings: list[RowIssue] = dataclass_field(default_factory=list)


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What undoing an import does.

    removed: created rows that are deleted.  restored: updated rows that get their previous values back.
    kept: rows that were edited since and stay unchanged.  refusing: people who keep a refusal of theirs.
    """

    removed: int
    restored: int
    kept: int
    refusing: int = 0


class PreparedBatch(Protocol):
    """A parsed batch; its contents are private to the kind."""


class BatchParts(Protocol):
    """A batch in two parts that have nothing in common, so that two connections may write them at once.

    rows_beside: the numbers of the rows of the part beside.
    """

    @property
    def rows_beside(self) -> frozenset[int]: ...

    def take_turn(self) -> None:
        """Wait until no other writer is at work, for the length of the transaction."""

    def write(self, *, now: datetime) -> BatchOutcome:
        """Write the main part inside the caller's transaction. Raises like ImportWriter.write."""

    def write_beside(self, *, now: datetime) -> BatchOutcome | None:
        """Write the other part inside the caller's transaction, in another thread.

        None: it has something in common after all; the caller rolls back and writes the whole batch.
        """

    def record(self, outcome: BatchOutcome, *, now: datetime) -> None:
        """Record what a part has written, at the end of its transaction."""


class ImportWriter(Protocol):
    """Writes one import."""

    @property
    def change_id(self) -> int | None:
        """The kind's record with which it undoes the import."""

    def prepare(self, rows: Sequence[Row]) -> PreparedBatch:
        """Parse a batch of cells. Uses no database, so it can run in a thread during `write`."""

    def write(self, prepared: Any, *, now: datetime) -> BatchOutcome:
        """Write a batch inside the caller's transaction.

        Raises OperationalError or IntegrityError after conflicts with other writers; the caller rolls back and retries.
        """

    def split(self, prepared: Any, *, now: datetime) -> BatchParts | None:
        """Return the batch in two parts, None if it must be written whole. Call it outside a transaction."""

    def dry_run(self, prepared: Any) -> BatchOutcome:
        """Return what `write` would do, without writing; rows of earlier batches are taken into account."""

    def close(self) -> None:
        """Release what was kept between batches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTexts:
    """How the wizard speaks about the rows of a kind, in the active language.

    Sentences with a number are ``ngettext_lazy(…, "count")`` with %(shown)s for the formatted number; `planned` also
    has %(rows)s.  summary has %(created)s, %(updated)s, %(unchanged)s and %(refused)s.
    announced: by code of a warning, what a test run says of it above its numbers.
    identifying: the fields of which a file needs one, as in "phone number, email or customer code".
    requirements: what a file must look like, one sentence each.
    undo_note: what undo does not change.  no_undo: why imports of this kind cannot be undone, "" when they can.
    """

    title: Text
    list_title: Text
    file: Text
    field: Text
    preview: Text
    identifying: Text
    requirements: Sequence[Text]
    formats_note: Text = ""
    running: Text
    results_link: Text
    delete_confirmation: Text
    created: Text
    updated: Text
    planned: Text
    existing: Text
    start: Text
    announced: Mapping[str, Text] = dataclass_field(default_factory=dict)
    summary: Text
    undo_removed: Text = ""
    undo_restored: Text = ""
    undo_kept: Text = ""
    undo_refusing: Text = ""
    undo_done: Text = ""
    undo_note: Text = ""
    no_undo: Text = ""


class ImportKind(Protocol):
    """A kind of rows that files can contain.

    key: stable, such as "contacts".  label: the name of the rows.  right: needed to import them.
    policies: what can happen to rows that exist already; the first one is the default.
    """

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> Text: ...
    @property
    def right(self) -> str: ...
    @property
    def policies(self) -> Sequence[ConflictPolicy]: ...
    @property
    def texts(self) -> ImportTexts: ...

    def vocabulary(self) -> KindVocabulary:
        """Return what is known about files with these rows. Independent of workspace and language."""

    def targets(self) -> list[FieldTarget]:
        """Return the fields that columns can be matched to, in the current workspace and language."""

    def identifies(self, targets: Sequence[str]) -> bool:
        """Return whether these fields are enough to identify a row."""

    def new_field_formats(self) -> list[tuple[str, str]]:
        """Return the formats that a new field can have: key and label; nothing when fields cannot be created."""

    def create_field(
        self, *, name: str, format: str, values: Sequence[str], now: datetime, actor: Actor
    ) -> str:
        """Create a field for a column and return its target key. values: a sample, for single-choice fields."""

    def settings_names(self) -> frozenset[str]:
        """Return the names of settings besides conflict_policy."""

    def validate_settings(self, settings: Mapping[str, Any]) -> None:
        """Raise DomainError for invalid settings, such as consent without proof."""

    def validate_left_out(
        self, settings: Mapping[str, Any], columns: Sequence[ColumnMapping], left_out: Sequence[SampledColumn]
    ) -> None:
        """Raise DomainError for a column that must not be skipped with these settings.

        left_out: the columns that are skipped, with the values of the first rows.
        """

    def open_writer(self, context: ImportContext, *, now: datetime) -> ImportWriter:
        """Return a writer; creates the record for undo when the context has none."""

    def open_dry_run(self, context: ImportContext) -> ImportWriter:
        """Return a writer for a dry run; writes nothing."""

    def preview_undo(self, change_id: int) -> UndoPreview:
        """Return what undo would do."""

    def undo(self, change_id: int, *, now: datetime, actor: Actor) -> UndoPreview:
        """Undo an import. Raises the kind's own errors when it is too late."""

    def issue_texts(self, found: Sequence[RowIssue]) -> list[str]:
        """Return the texts of many issues with few database queries."""

    def issue_text(self, issue: RowIssue) -> str:
        """Return the text of an issue in the active language."""


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A group of fields in the select box of a column."""

    label: str
    targets: tuple[FieldTarget, ...]


@dataclass(frozen=True, slots=True)
class RowPreview:
    """A row as it will be imported.

    state: label, tone and icon.  lines: label and value.  notes: icon, tone ("", "good", "wait", "bad") and text.
    refused: it will not be imported.
    """

    title: str
    state: tuple[str, str, str]
    lines: Sequence[tuple[str, str]]
    notes: Sequence[tuple[str, str, str]]
    refused: bool = False


@dataclass(frozen=True, slots=True)
class SheetTemplate:
    """A template file to fill in: headers and a few example rows."""

    key: str
    label: str
    filename: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class ResultAction:
    """What can be done next with what was imported. right: needed for it."""

    label: str
    icon: str
    href: str
    right: str


class ImportSettingsForm(Protocol):
    """A Django form for a kind's settings."""

    def is_valid(self) -> bool:
        """Return whether the input is valid."""

    def settings(self) -> dict[str, Any]:
        """Return the settings as services.set_settings takes them."""


class ImportScreens(Protocol):
    """What a kind contributes to the wizard's pages."""

    @property
    def settings_template(self) -> str: ...

    def groups(self, targets: Sequence[FieldTarget]) -> list[TargetGroup]:
        """Return the fields in groups for the select box of a column."""

    def icon(self, target: str) -> str:
        """Return the icon of a field."""

    def preview_row(self, context: ImportContext, row: Row) -> RowPreview:
        """Return how a row will be imported. Reads the database; writes nothing."""

    def estimate(self, context: ImportContext, rows: Sequence[Row]) -> tuple[int, list[tuple[str, int]]]:
        """Return how many of the rows can be imported, and why the others cannot: text and number."""

    def settings_form(
        self, data: Any, *, settings: Mapping[str, Any], columns: Sequence[ColumnMapping]
    ) -> ImportSettingsForm:
        """Return the form, bound if there is data."""

    def templates(self) -> list[SheetTemplate]:
        """Return the template files to download."""

    def result_path(self, settings: Mapping[str, Any], *, since: date, until: date) -> str:
        """Return the path inside the workspace of a list of what was imported on these days, both included."""

    def result_actions(self, settings: Mapping[str, Any], *, since: date, until: date) -> list[ResultAction]:
        """Return what can be done next with what was imported on these days, both included."""
