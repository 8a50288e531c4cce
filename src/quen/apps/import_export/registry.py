"""Extension point for kinds of rows: each kind owns its fields, the parsing of cells and the writing of rows.

A kind lists the fields that columns can be matched to and opens an ImportWriter for each import. The writer parses
cells in pure Python (`prepare`, which runs in a thread while the database works on the previous batch) and writes a
batch in the transaction that also moves the import's position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import date, datetime
from typing import Any, Protocol

from django.utils.functional import Promise

from quen.apps.import_export.matching import FieldTarget
from quen.apps.import_export.tables import Cell, Row
from quen.core.actors import Actor

__all__ = [
    "BatchOutcome",
    "Cell",
    "ColumnMapping",
    "FieldTarget",
    "ImportContext",
    "ImportKind",
    "ImportScreens",
    "ImportSettingsForm",
    "ImportWriter",
    "PreparedBatch",
    "Row",
    "RowIssue",
    "RowPreview",
    "SheetTemplate",
    "TargetGroup",
    "UndoPreview",
    "all_kinds",
    "get",
    "register",
    "register_screens",
    "screens",
]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The target of one column. date_order: dmy, mdy or ymd.  header: as in the file, stored as proof of consent."""

    index: int
    target: str
    header: str
    date_order: str = "dmy"


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What a writer needs to know about an import; plain values.

    settings: tags, status, proof, conflict_policy, clear_mark, reject_incomplete, source_id as stored by
    services.set_settings.  change_id: the bulk change that undoes the import, None before the first run.
    """

    import_id: int
    filename: str
    platform: str
    columns: Sequence[ColumnMapping]
    settings: Mapping[str, Any]
    member_id: int | None
    member_name: str
    change_id: int | None = None


@dataclass(frozen=True, slots=True)
class RowIssue:
    """Why a row was refused, or which value of an imported row was left out. field: a target key, or ""."""

    row: int
    code: str
    field: str = ""
    params: Mapping[str, Any] = made_by(default_factory=dict)


@dataclass(slots=True)
class BatchOutcome:
    """The result of a batch.

    created + updated + unchanged + refused is the number of rows. repeated: those of the updated and unchanged rows
    that matched a contact of an earlier row of the same file.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    refused: list[RowIssue] = made_by(default_factory=list)
    warnings: list[RowIssue] = made_by(default_factory=list)


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What undoing an import does.

    removed: created rows that are deleted.  restored: updated rows that get their previous values back.  kept: rows
    that were edited since and stay unchanged.
    """

    removed: int
    restored: int
    kept: int


class PreparedBatch(Protocol):
    """A parsed batch; its contents are private to the kind."""


class ImportWriter(Protocol):
    """Writes one import."""

    @property
    def change_id(self) -> int | None:
        """The bulk change that undoes the import."""

    def prepare(self, rows: Sequence[Row]) -> PreparedBatch:
        """Parse a batch of cells. Uses no database, so it can run in a thread during `write`."""

    def write(self, prepared: Any, *, now: datetime) -> BatchOutcome:
        """Write a batch inside the caller's transaction.

        Raises OperationalError or IntegrityError after conflicts with other writers; the caller rolls back and
        retries.
        """

    def dry_run(self, prepared: Any) -> BatchOutcome:
        """Return what `write` would do, without writing; rows of earlier batches are taken into account."""

    def close(self) -> None:
        """Release what `dry_run` kept between batches."""


class ImportKind(Protocol):
    """A kind of rows that files can contain."""

    @property
    def key(self) -> str:
        """A stable key, such as "contacts"."""

    @property
    def label(self) -> str | Promise:
        """The name of the rows in the user interface."""

    def targets(self) -> list[FieldTarget]:
        """Return the fields that columns can be matched to, in the current workspace and language."""

    def identifies(self, targets: Sequence[str]) -> bool:
        """Return whether these fields are enough to identify a row."""

    def create_field(
        self, *, name: str, format: str, values: Sequence[str], now: datetime, actor: Actor
    ) -> str:
        """Create a field for a column and return its target key. values: a sample, for single-choice fields."""

    def validate_settings(self, settings: Mapping[str, Any]) -> None:
        """Raise DomainError for invalid settings, such as consent without proof."""

    def open_writer(self, context: ImportContext, *, now: datetime) -> ImportWriter:
        """Return a writer; creates the bulk change when the context has none."""

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


_kinds: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """Register a kind of rows."""
    _kinds[kind.key] = kind


def get(key: str) -> ImportKind:
    """Return a kind. Raises KeyError."""
    return _kinds[key]


def all_kinds() -> list[ImportKind]:
    """Return all kinds in order of registration."""
    return list(_kinds.values())


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A group of fields in the select box of a column."""

    label: str
    targets: tuple[FieldTarget, ...]


@dataclass(frozen=True, slots=True)
class RowPreview:
    """A row as it will be imported.

    lines: label and value.  notes: icon, tone ("", "good", "wait", "bad") and text.  refused: it will not be
    imported.
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


class ImportSettingsForm(Protocol):
    """A Django form for a kind's settings."""

    def is_valid(self) -> bool:
        """Return whether the input is valid."""

    def settings(self) -> dict[str, Any]:
        """Return the settings as services.set_settings takes them."""


class ImportScreens(Protocol):
    """What a kind contributes to the wizard's pages."""

    settings_template: str

    def groups(self, targets: Sequence[FieldTarget]) -> list[TargetGroup]:
        """Return the fields in groups for the select box of a column."""

    def icon(self, target: str) -> str:
        """Return the icon of a field."""

    def new_field_formats(self) -> list[tuple[str, str]]:
        """Return the formats that a new field can have: key and label."""

    def preview_row(self, order: ImportContext, row: Row) -> RowPreview:
        """Return how a row will be imported. Reads the database; writes nothing."""

    def estimate(self, order: ImportContext, rows: Sequence[Row]) -> tuple[int, list[tuple[str, int]]]:
        """Return how many of the rows can be imported, and why the others cannot: text and number."""

    def settings_form(
        self, data: Any, *, settings: Mapping[str, Any], columns: Sequence[ColumnMapping]
    ) -> ImportSettingsForm:
        """Return the form, bound if there is data."""

    def templates(self) -> list[SheetTemplate]:
        """Return the template files to download."""

    def result_path(self, *, tags: Sequence[str], since: date, until: date) -> str:
        """Return the path inside the workspace of a list of what was imported on these days, both included."""


_screens: dict[str, ImportScreens] = {}


def register_screens(key: str, screens: ImportScreens) -> None:
    """Register the screens of a kind."""
    _screens[key] = screens


def screens(key: str) -> ImportScreens:
    """Return the screens of a kind. Raises KeyError."""
    return _screens[key]
