"""The steps of a returned workbook: it is compared, the member decides about its cells, and they are applied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.contacts.edit_sheets.columns import CellReader, SheetColumn, chosen_columns
from quen.apps.contacts.edit_sheets.current import current_contacts
from quen.apps.contacts.edit_sheets.reading import ChangedCell, as_json, compare, judge
from quen.apps.contacts.models import Contact, EditSheet, EditSheetCell
from quen.apps.contacts.services.bulk import apply_edit_sheet
from quen.apps.contacts.types import (
    BulkOutcome,
    CellChange,
    CellDecision,
    EditSheetState,
    SheetStateChanged,
)
from quen.apps.import_export.types import UploadTooLarge
from quen.apps.team import services as team
from quen.apps.team.types import ProgressState
from quen.core import jobs
from quen.core.actors import Actor
from quen.core.errors import DomainError
from quen.core.job_outcomes import unexpected_text
from quen.core.locks import AdvisoryLock
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Progress

#: one process compares a returned workbook
_COMPARING: Final = AdvisoryLock("contacts.edit_sheet")
_BATCH: Final = 5_000


@transaction.atomic
def receive(
    *, sheet: EditSheet, content: Iterable[bytes], filename: str, actor: Actor, now: datetime
) -> EditSheet:
    """Store a returned file; ``start_comparing`` or ``run_comparing`` follows.

    Raises SheetStateChanged, UploadTooLarge.
    """
    sheet = _locked(sheet, EditSheetState.OPEN)
    sheet.file = team.store_file(
        name=filename, content=_limited(content), actor=actor, expires_at=sheet.expires_at
    )
    sheet.filename, sheet.returned_at, sheet.failure = filename[:300], now, ""
    sheet.state = EditSheetState.READING
    sheet.progress = team.start_progress(
        kind="contacts.edit_sheet",
        title=_("Comparing %(file)s") % {"file": sheet.filename},
        path=f"/contacts/sheets/{sheet.pk}/",
        actor=actor,
        total=sheet.total,
    )
    sheet.save()
    team.audit(actor, "contacts.edit_sheet_returned", now=now, target=sheet, data={"file": sheet.filename})
    return sheet


def start_comparing(sheet: EditSheet) -> None:
    """Have a job compare the returned file."""
    jobs.enqueue("contacts.compare_edit_sheet", sheet_id=sheet.pk)


def run_comparing(*, sheet_id: int, clock: Callable[[], datetime]) -> None:
    """Compare the returned file with what its rows held, and with the records; all of it or nothing.

    Called again, it begins again. A file that cannot be used is told on the page, and another can be chosen.
    """
    with _COMPARING.session(sheet_id) as acquired:
        sheet = EditSheet.objects.filter(pk=sheet_id).first()
        if not acquired or sheet is None or sheet.state != EditSheetState.READING or sheet.file is None:
            return
        with translation.override(sheet.language):
            try:
                with transaction.atomic():
                    sheet.cells.all().delete()
                    columns = chosen_columns(sheet.columns)
                    found = compare(sheet, sheet.file, sheet.filename, columns)
                    sheet.found = as_json(found)
                    _end_comparing(sheet, EditSheetState.REVIEW, clock())
            except DomainError as refusal:
                sheet.failure = str(refusal)[:300]
                _end_comparing(sheet, EditSheetState.OPEN, clock())


def record_failed_comparing(*, sheet_id: int, reference: str, now: datetime) -> None:
    """Let another file be chosen after the comparison failed unexpectedly."""
    sheet = EditSheet.objects.filter(pk=sheet_id).first()
    if sheet is not None and sheet.state == EditSheetState.READING:
        sheet.failure = unexpected_text(reference)[:300]
        _end_comparing(sheet, EditSheetState.OPEN, now)


@transaction.atomic
def choose_another_file(*, sheet: EditSheet) -> EditSheet:
    """Forget what came back, so that another file can be chosen. Raises SheetStateChanged."""
    sheet = _locked(sheet, EditSheetState.REVIEW)
    sheet.cells.all().delete()
    sheet.state, sheet.found, sheet.filename = EditSheetState.OPEN, {}, ""
    sheet.save()
    return sheet


@transaction.atomic
def decide(
    *, sheet: EditSheet, decision: CellDecision, cell_ids: Collection[int] = (), column: str = ""
) -> int:
    """Take or keep cells, or those of a column that are not conflicts; return how many. Raises SheetStateChanged."""
    sheet = _locked(sheet, EditSheetState.REVIEW)
    cells = EditSheetCell.objects.filter(sheet=sheet, refusal="")
    if column:
        return cells.filter(column=column, conflict=False).update(decision=decision)
    return cells.filter(pk__in=cell_ids).update(decision=decision)


@transaction.atomic
def refresh(*, sheet: EditSheet) -> int:
    """Compare the cells once more with records that changed since; return how many conflicts are still open."""
    cells = EditSheetCell.objects.filter(sheet=sheet, refusal="")
    columns = {column.key: column for column in chosen_columns(sheet.columns)}
    changed = _changed_since(sheet)
    if changed:
        with translation.override(sheet.language):
            reader = CellReader(list(columns.values()))
            for first in range(0, len(changed), _BATCH):
                _refresh_people(sheet, changed[first : first + _BATCH], columns, reader)
    return cells.filter(decision=CellDecision.OPEN).count()


def apply(*, sheet: EditSheet, actor: Actor, now: datetime) -> BulkOutcome | Progress | None:
    """Apply the taken cells at once or as a job; return the outcome, or the progress. None while conflicts are open.

    Raises SheetStateChanged.
    """
    with transaction.atomic():
        sheet = _locked(sheet, EditSheetState.REVIEW)
        if refresh(sheet=sheet):
            return None
        people = Relation(
            "SELECT DISTINCT contact_id FROM contacts_editsheetcell"
            " WHERE sheet_id = %(sheet)s AND decision = 'take' AND refusal = ''",
            {"sheet": sheet.pk},
            ("contact_id",),
        )
        outcome = apply_edit_sheet(sheet=sheet, contacts=people, actor=actor, now=now)
        if isinstance(outcome, BulkOutcome):
            sheet.change_id = outcome.change_id
        else:
            sheet.change_id, sheet.progress = outcome.data["change_id"], outcome
        sheet.state, sheet.ended_at = EditSheetState.DONE, now
        sheet.save()
    return outcome


def _locked(sheet: EditSheet, state: EditSheetState) -> EditSheet:
    locked = EditSheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    if locked.state != state:
        raise SheetStateChanged()
    return locked


def _end_comparing(sheet: EditSheet, state: EditSheetState, now: datetime) -> None:
    """The file is not needed any more: what came back is in the cells."""
    file_id = sheet.file_id
    sheet.state, sheet.file = state, None
    sheet.save()
    if file_id is not None:
        team.delete_file(file_id)
    if sheet.progress is not None and not sheet.progress.is_ended:
        ended = ProgressState.DONE if state == EditSheetState.REVIEW else ProgressState.FAILED
        team.end_progress(sheet.progress, state=ended, now=now)


def _changed_since(sheet: EditSheet) -> list[int]:
    """Return the people of the changed cells whose record was changed, or deleted, since it was compared."""
    versions = dict(sheet.rows.exclude(version=None).values_list("contact_id", "version"))
    now = dict(Contact.objects.filter(pk__in=versions).values_list("pk", "updated_at"))
    return sorted(pk for pk, version in versions.items() if now.get(pk) != version)


def _refresh_people(
    sheet: EditSheet, people: list[int], columns: dict[str, SheetColumn], reader: CellReader
) -> None:
    current = current_contacts(people, list(columns.values()))
    cells = EditSheetCell.objects.filter(sheet=sheet, contact_id__in=people, refusal="")
    written = []
    for stored in cells:
        column, now = columns.get(stored.column), current.get(stored.contact_id)
        if column is None or now is None:
            stored.refusal = "gone"
            written.append(stored)
            continue
        was_conflict, before = stored.conflict, stored.current
        cell = ChangedCell(
            stored.contact_id,
            column,
            stored.place,
            stored.row,
            CellChange(stored.kind),
            stored.held,
            stored.given,
            values=stored.values,
        )
        judge(cell, now, reader)
        stored.current, stored.held, stored.given = cell.current, cell.held, cell.given
        stored.kind, stored.values, stored.conflict = cell.kind, dict(cell.values), cell.conflict
        if not cell.values:
            stored.refusal = "alike"
        elif cell.conflict and (not was_conflict or before != cell.current):
            stored.decision = CellDecision.OPEN
        written.append(stored)
    fields = ["current", "held", "given", "kind", "values", "conflict", "decision", "refusal"]
    EditSheetCell.objects.bulk_update(written, fields, batch_size=1_000)
    versions = dict(Contact.objects.filter(pk__in=people).values_list("pk", "updated_at"))
    rows = list(sheet.rows.filter(contact_id__in=versions))
    for row in rows:
        row.version = versions[row.contact_id]
    sheet.rows.model.objects.bulk_update(rows, ["version"], batch_size=1_000)


def _limited(content: Iterable[bytes]) -> Iterable[bytes]:
    limit, size = settings.IMPORT_MAX_BYTES, 0
    for chunk in content:
        size += len(chunk)
        if size > limit:
            raise UploadTooLarge(limit_mb=limit >> 20)
        yield chunk
