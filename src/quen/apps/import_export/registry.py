"""The socket for kinds of rows that files bring in: each kind owns its fields, its reading and its writing.

A kind gives the fields columns can go into, and for one import a Writer. The writer reads cells in pure Python
(`prepare`, which may run beside the database work of the batch before) and writes a batch in the transaction that
also moves the import's position.
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
    """Where one column goes. date_order: dmy, mdy or ymd.  header: as the file writes it, kept as proof."""

    index: int
    target: str
    header: str
    date_order: str = "dmy"


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What a writer needs to know of an import; plain values.

    settings: tags, status, proof, existing, clear_mark, reject_incomplete, source_id as services.set_settings keeps
    them.  change_id: the record that takes the import back, None before the first run.
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
    """Why a row was refused, or what was left out of one that entered. field: a target key, or empty."""

    row: int
    code: str
    field: str = ""
    params: Mapping[str, Any] = made_by(default_factory=dict)


@dataclass(slots=True)
class BatchOutcome:
    """What became of a batch.

    created + updated + unchanged + refused rows make up the batch. repeated: those of the updated and unchanged
    that met a person of an earlier row of the same file.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    refused: list[RowIssue] = made_by(default_factory=list)
    warnings: list[RowIssue] = made_by(default_factory=list)


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What taking an import back would do.

    removed: created people that go.  returned: changed people that get their values back.
    kept: people somebody changed since, left as they are.
    """

    removed: int
    restored: int
    kept: int


class PreparedBatch(Protocol):
    """A batch read into values; what it holds is the kind's own business."""


class ImportWriter(Protocol):
    """One import at work."""

    @property
    def change_id(self) -> int | None:
        """The record that takes everything back."""

    def prepare(self, rows: Sequence[Row]) -> PreparedBatch:
        """Read a batch of cells. Touches no database, so that it can run beside `write`."""

    def write(self, prepared: Any, *, now: datetime) -> BatchOutcome:
        """Write a batch inside the caller's transaction. Running out of luck with other writers raises
        OperationalError or IntegrityError; the caller takes the transaction back and tries again.
        """

    def dry_run(self, prepared: Any) -> BatchOutcome:
        """Say what `write` would do, and write nothing; remembers the people of earlier batches."""

    def close(self) -> None:
        """Forget what `try_out` remembered."""


class ImportKind(Protocol):
    """A kind of rows."""

    @property
    def key(self) -> str:
        """A stable word, such as "contacts"."""

    @property
    def label(self) -> str | Promise:
        """What people call the rows."""

    def targets(self) -> list[FieldTarget]:
        """The fields columns can go into, in the present workspace and language."""

    def identifies(self, targets: Sequence[str]) -> bool:
        """Whether columns going into these fields can tell who or what a row is."""

    def create_field(
        self, *, name: str, format: str, values: Sequence[str], now: datetime, member: Any
    ) -> str:
        """Make a field for a column and give its target key. values: a sample, for lists of choices."""

    def validate_settings(self, settings: Mapping[str, Any]) -> None:
        """Refuse settings that may not pass, such as consent without proof. Raises DomainError."""

    def open_writer(self, context: ImportContext, *, now: datetime) -> ImportWriter:
        """Make ready to write; opens the record of the change when the order names none."""

    def open_dry_run(self, context: ImportContext) -> ImportWriter:
        """Make ready to try out; writes nothing."""

    def preview_undo(self, change_id: int) -> UndoPreview:
        """Say what undo would do."""

    def undo(self, change_id: int, *, now: datetime, member: Any) -> UndoPreview:
        """Take an import back. Raises the kind's own refusals when it is too late."""

    def issue_texts(self, found: Sequence[RowIssue]) -> list[str]:
        """The same for many, with few questions to the database."""

    def issue_text(self, issue: RowIssue) -> str:
        """Why a row was refused or what was left out, in the reader's language."""


_kinds: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """Plug in a kind of rows."""
    _kinds[kind.key] = kind


def get(key: str) -> ImportKind:
    """Give a kind. Raises KeyError."""
    return _kinds[key]


def all_kinds() -> list[ImportKind]:
    """Give all kinds."""
    return list(_kinds.values())


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Fields that people look for together, in a list of choices."""

    label: str
    targets: tuple[FieldTarget, ...]


@dataclass(frozen=True, slots=True)
class RowPreview:
    """A row as it will stand in Quen.

    lines: label and value.  notes: icon, tone ("", "good", "wait", "bad") and sentence.  refused: it will not enter.
    """

    title: str
    state: tuple[str, str, str]
    lines: Sequence[tuple[str, str]]
    notes: Sequence[tuple[str, str, str]]
    refused: bool = False


@dataclass(frozen=True, slots=True)
class SheetTemplate:
    """A sheet to fill in: its headings and a few rows that show how."""

    key: str
    label: str
    filename: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


class ImportSettingsForm(Protocol):
    """A Django form that asks for a kind's settings, and gives them as services.set_settings takes them."""

    def is_valid(self) -> bool:
        """Check shape and wording."""

    def settings(self) -> dict[str, Any]:
        """Give what was answered."""


class ImportScreens(Protocol):
    """What a kind brings to the wizard's screens."""

    settings_template: str

    def groups(self, targets: Sequence[FieldTarget]) -> list[TargetGroup]:
        """Order the fields as people look for them."""

    def icon(self, target: str) -> str:
        """The sign of a field."""

    def new_field_formats(self) -> list[tuple[str, str]]:
        """Formats of a field made for a column: key and word."""

    def preview_row(self, order: ImportContext, row: Row) -> RowPreview:
        """Say what a row will become. Reads; writes nothing."""

    def estimate(self, order: ImportContext, rows: Sequence[Row]) -> tuple[int, list[tuple[str, int]]]:
        """Of some rows, how many come in, and why the others do not: sentence and number."""

    def settings_form(
        self, data: Any, *, settings: Mapping[str, Any], columns: Sequence[ColumnMapping]
    ) -> ImportSettingsForm:
        """Give the form, bound when there are data."""

    def templates(self) -> list[SheetTemplate]:
        """Sheets to download and fill in."""

    def result_path(self, *, tags: Sequence[str], since: date, until: date) -> str:
        """Where what came in on these days, both included, can be seen: a path inside the workspace."""


_screens: dict[str, ImportScreens] = {}


def register_screens(key: str, screens: ImportScreens) -> None:
    """Plug in the screens of a kind."""
    _screens[key] = screens


def screens(key: str) -> ImportScreens:
    """Give the screens of a kind. Raises KeyError."""
    return _screens[key]
