"""The list of imports: start, continue and find them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.import_export import access, queries, registry, services
from quen.apps.import_export.forms import FILE_EXTENSIONS, PasteForm, UploadForm
from quen.apps.import_export.models import Export, Import
from quen.apps.import_export.presenters import export_style, state_style
from quen.apps.import_export.registry import ExportOffer, ImportKind
from quen.apps.import_export.types import ExportState, ImportExportRight, ImportState, ImportStep
from quen.apps.import_export.views.common import current_url, display_name, list_url
from quen.apps.team import queries as team_queries
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.registry import audit_text
from quen.apps.team.types import TeamRight
from quen.core.uploads import accepts_files, accepts_text
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel
from quen.ui.pages import page, refusals_on, success
from quen.ui.params import positive_int
from quen.ui.tags import filters

MAX_UNFINISHED, PAGE_SIZE, MAX_EXPORTS = 20, 30, 5
#: as long as bulk changes can be undone
UNDO_PERIOD = timedelta(days=30)
EXPORTS_SHOWN_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row of the list. style: tone and icon of its state."""

    import_: Import
    name: str
    step: str
    style: tuple[str, str]
    undo_until: datetime | None


@allowed(ImportExportRight.IMPORT)
@require_GET
def import_list(request: WorkspaceRequest) -> HttpResponse:
    """Show the ways to start an import, the unfinished and the past imports of a kind."""
    return _list(request, access.kind_for(request.member, request.GET.get("kind")))


@allowed(ImportExportRight.IMPORT)
@accepts_files(lambda: settings.IMPORT_MAX_BYTES)
@require_POST
def files(request: WorkspaceRequest) -> HttpResponse:
    """Create an import from an uploaded file."""
    kind = access.kind_for(request.member, request.POST.get("kind"))
    form = UploadForm(request.POST, request.FILES, label=kind.texts.file)
    if form.is_valid():
        with refusals_on(form):
            file = form.cleaned_data["file"]
            import_ = services.create_from_upload(
                content=file.chunks(),
                filename=file.name,
                actor=request.actor,
                now=request.now,
                kind=kind.key,
            )
            return success(request, to=reverse("import_export:data", args=[import_.pk]))
    return _list(request, kind, upload=form)


@allowed(ImportExportRight.IMPORT)
@accepts_text(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
@require_POST
def pastes(request: WorkspaceRequest) -> HttpResponse:
    """Create an import from pasted rows."""
    kind = access.kind_for(request.member, request.POST.get("kind"))
    form = PasteForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            import_ = services.create_from_paste(
                text=form.cleaned_data["text"], actor=request.actor, now=request.now, kind=kind.key
            )
            return success(request, to=reverse("import_export:data", args=[import_.pk]))
    return _list(request, kind, paste=form)


@allowed(ImportExportRight.IMPORT)
@require_GET
def template(request: WorkspaceRequest, kind: str, key: str) -> HttpResponse:
    """Return a template file. UTF-8 with a byte order mark, which Excel needs."""
    sheets = registry.screens(access.kind_for(request.member, kind).key).templates()
    sheet = next((sheet for sheet in sheets if sheet.key == key), None)
    if sheet is None:
        raise Http404
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t" if sheet.filename.endswith(".txt") else ",")
    writer.writerows([sheet.headers, *sheet.rows])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{sheet.filename}"'
    return response


@allowed(ImportExportRight.IMPORT)
@require_GET
def import_(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Redirect to the step where the user continues."""
    return HttpResponseRedirect(current_url(access.import_for(request.member, import_id)))


@allowed(ImportExportRight.IMPORT)
@require_POST
def delete(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Delete an import; imported rows are kept."""
    import_ = access.import_for(request.member, import_id)
    services.delete_import(import_=import_, actor=request.actor, now=request.now)
    return success(request, message=_("Import deleted."), to=list_url(import_))


def _list(
    request: WorkspaceRequest,
    kind: ImportKind,
    *,
    upload: UploadForm | None = None,
    paste: PasteForm | None = None,
) -> HttpResponse:
    before = positive_int(request.GET.get("before"))
    past = queries.imports(kind.key).exclude(state__in=queries.UNFINISHED_STATES)
    if before is not None:
        past = past.filter(pk__lt=before)
    found = list(past.order_by("-pk")[: PAGE_SIZE + 1])
    unfinished = list(queries.unfinished_imports(kind.key)[:MAX_UNFINISHED])
    more = f"?kind={kind.key}&before={found[PAGE_SIZE - 1].pk}" if len(found) > PAGE_SIZE else ""
    context = {
        "kind": kind.key,
        "texts": kind.texts,
        "tabs": _tabs(request, kind),
        "upload": upload or UploadForm(label=kind.texts.file),
        "paste": paste or PasteForm(),
        "unfinished": [_row(import_) for import_ in unfinished],
        "past": _past_table(found[:PAGE_SIZE], next_url=more, now=request.now) if found else None,
        "sheet_templates": registry.screens(kind.key).templates(),
        "exports": (offers := access.exports_for(request.member)),
        "export_files": [_export_row(export) for export in queries.exports()[:MAX_EXPORTS]] if offers else [],
        "latest_exports": _latest_exports(offers, now=request.now),
        "may_hear_of_all": request.member.can(TeamRight.CONFIGURE),
        "hears_of_all": bool(request.member.preferences.get(queries.HEARS_OF_ALL)),
        "extensions": ", ".join(FILE_EXTENSIONS),
        "limit_mb": settings.IMPORT_MAX_BYTES >> 20,
    }
    return page(request, "import_export/import_list.html", context)


def _latest_exports(offers: Sequence[ExportOffer], *, now: datetime) -> list[tuple[str, str, datetime]]:
    """Return the latest exports of which no file is kept: what, by whom, when."""
    offers = [offer for offer in offers if not registry.has_export_kind(offer.key)]
    log = team_queries.audit_entries().filter(
        kind__in=[offer.audit_kind for offer in offers], at__gte=now - EXPORTS_SHOWN_FOR
    )
    return [(audit_text(entry.kind, entry.data), entry.actor_name, entry.at) for entry in log[:MAX_EXPORTS]]


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export in the list. state: its label, tone and icon."""

    export: Export
    state: tuple[str, str, str]


def _export_row(export: Export) -> ExportRow:
    return ExportRow(export, (str(ExportState(export.state).label), *export_style(export.state)))


def _past_table(past: Sequence[Import], *, next_url: str, now: datetime) -> ListTable:
    return ListTable(
        label=_("Past imports"),
        title=_("Past imports"),
        columns=[
            Column("file", _("File"), "title", phone="title", width="w-1/3"),
            Column("who", _("Who"), phone="note", min_width=68),
            Column("when", _("When"), "time_ago", phone="note-side", align="left"),
            Column("new", _("New"), "number", min_width=44),
            Column("updated", _("Updated"), "number", min_width=50),
            Column("rejected", _("Rejected"), "number", min_width=56),
            Column("state", _("State"), "state", phone="side"),
            Column("undo_until", _("Undo until"), "day", min_width=62),
            Column("counts", "", "note", phone="wide", hide_label=True),
        ],
        rows=[_past_row(_row(import_)) for import_ in past],
        empty=EmptyState(_("Nothing found")),
        pager={"next": next_url},
        now=now,
    )


def _past_row(row: ImportRow) -> Row:
    import_ = row.import_
    counts = _("%(created)s new, %(updated)s updated, %(refused)s rejected") % {
        "created": filters.num(import_.created),
        "updated": filters.num(import_.updated),
        "refused": filters.num(import_.refused),
    }
    return Row(
        [
            row.name,
            import_.member_name,
            import_.created_at,
            import_.created,
            import_.updated,
            import_.refused,
            StatusLabel(str(ImportState(import_.state).label), *row.style),
            row.undo_until,
            counts,
        ],
        href=f"{import_.pk}/",
    )


def _tabs(request: WorkspaceRequest, current: ImportKind) -> list[dict[str, object]]:
    """Return a tab for each kind that the member may import; nothing when there is only one."""
    kinds = access.kinds_for(request.member)
    if len(kinds) < 2:
        return []
    return [
        {"text": kind.label, "href": f"?kind={kind.key}", "on": kind.key == current.key} for kind in kinds
    ]


def _row(import_: Import) -> ImportRow:
    state = ImportState(import_.state)
    undoable = state == ImportState.DONE and import_.change_id is not None and import_.ended_at is not None
    step = str(ImportStep(import_.step).label) if state == ImportState.DRAFT else str(state.label)
    undo_until = import_.ended_at + UNDO_PERIOD if undoable and import_.ended_at else None
    return ImportRow(import_, display_name(import_), step, state_style(state), undo_until)
