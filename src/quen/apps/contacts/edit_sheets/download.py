"""The file of a workbook for editing: an export whose rows have keys, and are kept as they were."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quen.apps.contacts.edit_sheets.columns import (
    NAME_KEY,
    SheetColumn,
    available_columns,
    chosen_columns,
    key_column,
    row_key,
    words_of,
)
from quen.apps.contacts.models import EditSheet
from quen.apps.contacts.types import TooManyForSheet
from quen.apps.import_export import services as import_export
from quen.apps.import_export.registry import ExportColumn, ExportTemplate, export_kind
from quen.apps.import_export.types import ExportCell, ImportExportRight
from quen.core.actors import Actor
from quen.core.sql import Relation
from quen.core.table_files import SheetLayout, TableFormat

if TYPE_CHECKING:
    from quen.apps.import_export.models import Export

KIND: Final = "contact_sheets"
#: people in one workbook
MAX_CONTACTS: Final = 20_000
#: for how long a workbook can be brought back
LIFETIME: Final = timedelta(days=30)


class ContactSheetKind:
    """Contacts as a workbook that comes back."""

    key = KIND
    label = gettext_lazy("Edit in Excel")
    table = "contacts_contact"
    right = ImportExportRight.EXPORT
    audit_kind = "contacts.edit_sheet_made"

    def columns(self) -> list[ExportColumn]:
        """Return the key of a row, and all columns that such a workbook may have."""
        return [key_column(), *(column.export for column in available_columns())]

    def templates(self) -> list[ExportTemplate]:
        """Return nothing: the headings are those of the product."""
        return []

    def returning_file(self, export_id: int) -> SheetFile | None:
        """Return how the file of a workbook is written and kept; None when the workbook was deleted meanwhile."""
        sheet = EditSheet.objects.filter(export_id=export_id).first()
        return SheetFile(sheet) if sheet is not None else None


class SheetFile:
    """The file of one workbook."""

    def __init__(self, sheet: EditSheet) -> None:
        self._sheet = sheet
        self._columns = chosen_columns(sheet.columns)
        # Made once more, the file may have other values: it is the one that comes back.
        sheet.rows.all().delete()

    @property
    def layout(self) -> SheetLayout:
        """How the sheet looks; the key is its first column."""
        placed = list(enumerate(self._columns, start=1))
        return SheetLayout(
            choices={at: column.choices for at, column in placed if column.choices},
            fixed=frozenset(at for at, column in placed if not column.target),
            dates=_placed(placed, ExportCell.DATE),
            moments=_placed(placed, ExportCell.MOMENT),
            numbers=_placed(placed, ExportCell.NUMBER),
            key_note=_(
                "Quen recognizes the row by this key. Sort as you like, but leave the keys as they are."
            ),
            lists=_("Lists"),
        )

    def keep(self, rows: Sequence[list[Any]]) -> Sequence[list[Any]]:
        """Keep what these rows hold; return them with their keys."""
        with transaction.atomic():
            kept = [
                (self._sheet.pk, int(row[0]), json.dumps([words_of(cell) for cell in row[1:]]))
                for row in rows
            ]
            with (
                connection.cursor() as cursor,
                cursor.copy("COPY contacts_editsheetrow (sheet_id, contact_id, held) FROM STDIN") as copy,
            ):
                for each in kept:
                    copy.write_row(each)
        return [[row_key(self._sheet.secret, int(row[0])), *row[1:]] for row in rows]


@transaction.atomic
def create_sheet(
    *,
    rows: Relation,
    order: str,
    name: str,
    columns: Sequence[str],
    scope: str,
    actor: Actor,
    now: datetime,
    limit: int = MAX_CONTACTS,
) -> tuple[EditSheet, Export]:
    """Fix whom a workbook holds, and with which columns; ``start_export`` or ``run_export`` makes its file.

    rows: Relation with the column row_id.  order: an expression of SQL over the row ``c``.  columns: keys; the name is
    always among them. Raises NothingToExport, TooManyForSheet.
    """
    chosen = chosen_columns(
        [key for key in (known.key for known in available_columns()) if key in {NAME_KEY, *columns}]
    )
    export = import_export.create_export(
        kind=export_kind(KIND),
        rows=rows,
        order=order,
        name=name,
        format=TableFormat.XLSX,
        columns=[key_column().key, *(column.key for column in chosen)],
        scope=scope,
        actor=actor,
        now=now,
    )
    if export.total > limit:
        raise TooManyForSheet(limit=limit, count=export.total)
    sheet = EditSheet.objects.create(
        export_id=export.pk,
        secret=secrets.token_hex(32),
        columns=[column.key for column in chosen],
        language=translation.get_language() or "vi",
        total=export.total,
        member_id=actor.member_id,
        member_name=actor.name,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return sheet, export


def _placed(columns: Sequence[tuple[int, SheetColumn]], kind: ExportCell) -> frozenset[int]:
    return frozenset(at for at, column in columns if column.export.kind is kind)
