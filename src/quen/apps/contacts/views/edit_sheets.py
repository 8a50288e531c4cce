"""Workbooks for editing: which customers and columns, the file, what came back, and what was applied."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.contacts import queries
from quen.apps.contacts.edit_sheets import steps
from quen.apps.contacts.edit_sheets.columns import FIXED, NAME_KEY, available_columns
from quen.apps.contacts.edit_sheets.download import MAX_CONTACTS, create_sheet
from quen.apps.contacts.edit_sheets.review import (
    KINDS,
    PAGE_PEOPLE,
    Review,
    ReviewState,
    read_review,
)
from quen.apps.contacts.edit_sheets.words import notes_of
from quen.apps.contacts.forms.edit_sheets import ReturnForm, SheetColumnsForm
from quen.apps.contacts.importing.undo import preview_undo
from quen.apps.contacts.list.state import ListState
from quen.apps.contacts.models import EditSheet, undo_deadline
from quen.apps.contacts.services.bulk_undo import start_undo
from quen.apps.contacts.types import BulkOutcome, CellChange, CellDecision, ContactRight, EditSheetState
from quen.apps.contacts.views.exports import contacts_in_scope, offered_scopes, order_of
from quen.apps.import_export import queries as exports
from quen.apps.import_export import services as import_export
from quen.apps.import_export.types import ExportNotFound, ImportExportRight
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.core import clock, sql
from quen.core.errors import NotFound
from quen.core.uploads import accepts_files
from quen.ui.pages import page, refusals_on, success, wants_part
from quen.ui.tags.filters import num

MAX_LISTED: Final = 20
_STEPS: Final = 4


@allowed(ImportExportRight.EXPORT)
@require_http_methods(["GET", "POST"])
def edit_sheets(request: WorkspaceRequest) -> HttpResponse:
    """Ask which customers and columns a workbook has, and make it; list those that are not done yet."""
    ensure(request.member, ContactRight.EDIT)
    known = [column for column in available_columns() if column.key != NAME_KEY]
    usual = [column.key for column in known if column.export.default and column.key not in FIXED]
    choices = [(column.key, column.heading) for column in known]
    form = SheetColumnsForm(request.POST if request.method == "POST" else None, choices=choices, usual=usual)
    if request.method == "POST" and form.is_valid():
        state = ListState.read(request.POST, request.member.preferences)
        if state.filter_error:
            return success(request, message=state.filter_error, tone="bad")
        with refusals_on(form):
            return _made(request, state, form.cleaned_data["columns"])
    scopes, scope, params = offered_scopes(request)
    context = {
        "form": form,
        "scopes": scopes,
        "scope": scope,
        "params": params,
        "limit": MAX_CONTACTS,
        "sheets": EditSheet.objects.filter(expires_at__gt=request.now)[:MAX_LISTED],
    }
    return page(request, "contacts/edit_sheets/new.html", context)


@allowed(ContactRight.EDIT)
@accepts_files(lambda: settings.IMPORT_MAX_BYTES)
@require_http_methods(["GET", "POST"])
def edit_sheet(request: WorkspaceRequest, sheet_id: int) -> HttpResponse:
    """Show how far a workbook has come; take the edited file."""
    sheet = _sheet(request, sheet_id)
    if request.method == "POST":
        return _received(request, sheet)
    if sheet.state == EditSheetState.REVIEW:
        return _review(request, sheet)
    if sheet.state == EditSheetState.OPEN:
        return _opened(request, sheet, ReturnForm())
    return _running_or_done(request, sheet)


@allowed(ContactRight.EDIT)
@require_POST
def edit_sheet_cells(request: WorkspaceRequest, sheet_id: int) -> HttpResponse:
    """Take or keep cells: some by their ids, one by its button, or those of a column."""
    sheet = _sheet(request, sheet_id)
    column, ids, decision = _asked(request)
    if decision is not None:
        steps.decide(sheet=sheet, decision=decision, cell_ids=ids, column=column)
    if wants_part(request):
        return _review(request, sheet)
    return HttpResponseRedirect(_url(sheet) + ReviewState.read(request.POST).link())


@allowed(ContactRight.EDIT)
@require_POST
def edit_sheet_apply(request: WorkspaceRequest, sheet_id: int) -> HttpResponse:
    """Apply what was taken; with an open conflict nothing is, and the first one gets the focus."""
    sheet = _sheet(request, sheet_id)
    outcome = steps.apply(sheet=sheet, actor=request.actor, now=request.now)
    if outcome is None:
        return _review(request, sheet, state=ReviewState(), refused=True)
    return success(request, to=_url(sheet))


@allowed(ContactRight.EDIT)
@require_POST
def edit_sheet_again(request: WorkspaceRequest, sheet_id: int) -> HttpResponse:
    """Forget what came back, and ask for another file."""
    sheet = steps.choose_another_file(sheet=_sheet(request, sheet_id))
    return success(request, to=_url(sheet))


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def edit_sheet_undo(request: WorkspaceRequest, sheet_id: int) -> HttpResponse:
    """Show what undo would give back, and undo."""
    sheet = _sheet(request, sheet_id)
    if sheet.change_id is None:
        raise NotFound()
    change = queries.get_change(sheet.change_id)
    if request.method == "POST":
        outcome = start_undo(change=change, actor=request.actor, now=request.now)
        if not isinstance(outcome, BulkOutcome):
            return success(request, message=_("Undoing the change…"), to=_url(sheet))
        text = ngettext(
            "Change undone for %(n)s customer.", "Change undone for %(n)s customers.", outcome.changed
        )
        return success(request, message=text % {"n": num(outcome.changed)}, to=_url(sheet))
    preview = preview_undo(change.pk)
    context = _layout(sheet, _STEPS) | {"preview": preview, "back": _url(sheet)}
    return page(request, "contacts/edit_sheets/undo.html", context)


def _made(request: WorkspaceRequest, state: ListState, columns: list[str]) -> HttpResponse:
    contacts = contacts_in_scope(request, state, request.POST.get("scope", ""))
    day = clock.local_day(request.now, request.workspace.zone)
    sheet, export = create_sheet(
        rows=sql.compose("SELECT contact_id AS row_id FROM {contacts} p", contacts=contacts),
        order=order_of(state),
        name=f"{request.workspace.slug}-excel-{day:%Y-%m-%d}",
        columns=columns,
        scope=request.POST.get("scope", ""),
        actor=request.actor,
        now=request.now,
    )
    if export.total > settings.BULK_INLINE_LIMIT:
        import_export.start_export(export)
    else:
        import_export.run_export(export_id=export.pk, clock=clock.now)
    return success(request, to=_url(sheet))


def _received(request: WorkspaceRequest, sheet: EditSheet) -> HttpResponse:
    form = ReturnForm(request.POST, request.FILES)
    if form.is_valid():
        with refusals_on(form):
            file = form.cleaned_data["file"]
            sheet = steps.receive(
                sheet=sheet, content=file.chunks(), filename=file.name, actor=request.actor, now=request.now
            )
            if sheet.total > settings.BULK_INLINE_LIMIT:
                steps.start_comparing(sheet)
            else:
                steps.run_comparing(sheet_id=sheet.pk, clock=clock.now)
            return success(request, to=_url(sheet))
    return _opened(request, sheet, form)


def _opened(request: WorkspaceRequest, sheet: EditSheet, form: ReturnForm) -> HttpResponse:
    """Show the file to download and the place for the edited one."""
    try:
        export = exports.get_export(sheet.export_id or 0)
    except ExportNotFound:
        export = None
    active = export is not None and export.state in exports.ACTIVE_EXPORT_STATES
    if export is not None and active and export.progress is not None:
        request.topics.append(f"progress/{export.progress.pk}")
    if wants_part(request) and not active:
        return success(request, to=_url(sheet))
    file_url = ""
    if export is not None and export.file_id and request.member.can(ImportExportRight.EXPORT):
        file_url = reverse("import_export:export_file", args=[import_export.link_token(export)])
    context = _layout(sheet, 2) | {"form": form, "export": export, "active": active, "file_url": file_url}
    return page(request, "contacts/edit_sheets/open.html", context, part="state" if active else None)


def _running_or_done(request: WorkspaceRequest, sheet: EditSheet) -> HttpResponse:
    progress = sheet.progress
    running = progress is not None and not progress.is_ended
    if progress is not None and running:
        request.topics.append(f"progress/{progress.pk}")
        if sheet.state == EditSheetState.READING or sheet.change_id is not None:
            context = _layout(sheet, 3 if sheet.state == EditSheetState.READING else _STEPS)
            return page(request, "contacts/edit_sheets/running.html", context, part="state")
    if wants_part(request):
        return success(request, to=_url(sheet))
    if sheet.change_id is None:
        raise NotFound()
    change = queries.get_change(sheet.change_id)
    context = _layout(sheet, _STEPS, done=_STEPS) | {
        "change": change,
        "review": read_review(sheet, ReviewState()),
        "skipped": sum(change.data.get("skipped", {}).values()),
        "may_undo": change.undone_at is None and change.count and request.now < undo_deadline(change.at),
        "undo_until": undo_deadline(change.at),
    }
    return page(request, "contacts/edit_sheets/done.html", context)


def _review(
    request: WorkspaceRequest, sheet: EditSheet, *, state: ReviewState | None = None, refused: bool = False
) -> HttpResponse:
    if state is None:
        state = ReviewState.read(request.POST if request.method == "POST" else request.GET)
    review = read_review(sheet, state)
    unchanged, notes = notes_of(sheet)
    context = _layout(sheet, 3) | {
        "review": review,
        "state": state,
        "params": state.params(),
        "params_without_conflict": [pair for pair in state.params() if pair[0] != "conflict"],
        "unchanged": unchanged,
        "notes": notes,
        "filters": _filters(review, state),
        "refused": refused,
        "pager": _pager(review, state),
        "back": reverse("contacts:edit_sheets"),
    }
    return page(request, "contacts/edit_sheets/review.html", context, part="review")


def _filters(review: Review, state: ReviewState) -> list[dict[str, Any]]:
    labels = {
        CellChange.ADDED.value: _("Added"),
        CellChange.CHANGED.value: _("Changed"),
        CellChange.CLEARED.value: _("Cleared"),
        "open": _("To choose"),
    }
    everything = {
        "key": "",
        "label": _("All"),
        "icon": "",
        "count": review.total,
        "href": state.link(show="", page=1),
        "on": not state.show,
    }
    kinds = [
        {
            "key": kind,
            "label": labels[kind],
            "icon": icon,
            "count": review.counts[kind],
            "href": state.link(show=kind, page=1),
            "on": state.show == kind,
        }
        for kind, icon in KINDS
    ]
    return [everything, *kinds]


def _pager(review: Review, state: ReviewState) -> dict[str, Any]:
    first = (state.page - 1) * PAGE_PEOPLE
    last = min(first + PAGE_PEOPLE, review.found)
    return {
        "first": first + 1,
        "last": last,
        "previous": state.link(page=state.page - 1) if state.page > 1 else "",
        "next": state.link(page=state.page + 1) if last < review.found else "",
    }


def _asked(request: WorkspaceRequest) -> tuple[str, list[int], CellDecision | None]:
    """Return the column, or the cells, that a request decides about, and what it decides."""
    known = {each.value: each for each in (CellDecision.TAKE, CellDecision.KEEP)}
    for name in ("column", "cell"):
        what, _colon, decision = request.POST.get(name, "").rpartition(":")
        if decision in known:
            ids = [int(what)] if name == "cell" and what.isdecimal() else []
            return (what if name == "column" else ""), ids, known[decision]
    ids = [int(each) for each in request.POST.get("cells", "").split(",") if each.isdecimal()]
    return "", ids[:1_000], known.get(request.POST.get("decision", ""))


def _sheet(request: WorkspaceRequest, sheet_id: int) -> EditSheet:
    """Return a workbook. Raises NotFound, and NotAllowed for members who may not import."""
    ensure(request.member, ImportExportRight.IMPORT)
    sheet = EditSheet.objects.select_related("progress").filter(pk=sheet_id).first()
    if sheet is None:
        raise NotFound()
    return sheet


def _layout(sheet: EditSheet, number: int, *, done: int | None = None) -> dict[str, Any]:
    """Return the context of the frame: the steps, the file, and the way back."""
    labels = [_("Download workbook"), _("Edit it in Excel"), _("Check the changes"), _("Apply")]
    return {
        "sheet": sheet,
        "page_url": _url(sheet),
        "steps": [(label, "") for label in labels],
        "step_number": number,
        "steps_done": number - 1 if done is None else done,
        "step_label": labels[number - 1],
        "saved": number < _STEPS,
        "back": reverse("contacts:edit_sheets"),
    }


def _url(sheet: EditSheet) -> str:
    return reverse("contacts:edit_sheet", args=[sheet.pk])
