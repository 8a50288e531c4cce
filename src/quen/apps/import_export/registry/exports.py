"""Tables that go out as files: the columns that a member chooses from, and the headings of other programs.

A cell is an expression of SQL over the row, so that a million rows are formatted by the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.functional import Promise

from quen.apps.import_export.types import ExportCell
from quen.core.table_files import SheetLayout

Text = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportColumn:
    """A column of an export.

    value: an expression of SQL over the row ``c`` and the join, of the type that ``kind`` names; NULL or "" is an empty
    cell.  otherwise: of a DATE, the expression of a text that stands where ``value`` is NULL, such as a day without a
    year.  join: "LEFT JOIN … ON …", with %(ids)s for the ids of a batch of rows and %(zone)s for the name of the
    workspace's time zone; columns with the same join share it.  params: returns those of value, otherwise and join.
    default: part of the export when no columns are chosen.
    """

    key: str
    label: Text
    value: str
    kind: ExportCell = ExportCell.TEXT
    otherwise: str = ""
    join: str = ""
    params: Callable[[], Mapping[str, Any]] = dict
    default: bool = True


@dataclass(frozen=True, slots=True)
class ExportTemplate:
    """The headings of another program, in its order: columns whose labels are its headings."""

    key: str
    name: Text
    columns: Sequence[ExportColumn]


class ReturningFile(Protocol):
    """A workbook that is edited and brought back: how it looks, and what is kept of it."""

    @property
    def layout(self) -> SheetLayout: ...

    def keep(self, rows: Sequence[list[Any]]) -> Sequence[list[Any]]:
        """Keep what these rows hold; return them as they stand in the file.

        Rows kept for an earlier attempt to make the file are replaced.
        """


class ExportKind(Protocol):
    """A table whose rows are exported.

    key: stable, such as "contacts".  table: of the workspace, with the primary key id; its row is ``c`` in the columns.
    right: of who may export it.  audit_kind: what the audit log says when it was done.
    """

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> Text: ...
    @property
    def table(self) -> str: ...
    @property
    def right(self) -> str: ...
    @property
    def audit_kind(self) -> str: ...

    def columns(self) -> list[ExportColumn]:
        """Return the columns in the current workspace and language."""

    def templates(self) -> list[ExportTemplate]:
        """Return the headings of other programs."""

    def returning_file(self, export_id: int) -> ReturningFile | None:
        """Return how the file of an export comes back, None for one that does not."""


@dataclass(frozen=True, slots=True)
class ExportOffer:
    """Something that can be exported, for the page of imports and exports.

    url_name: where it is asked for.  right: needed to do it.  audit_kind: what the audit log says when it was done.
    """

    key: str
    label: Text
    url_name: str
    right: str
    audit_kind: str
