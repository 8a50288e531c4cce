"""The list of imports: start, continue and find them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.import_export import queries, registry, services
from quen.apps.import_export.forms import FILE_EXTENSIONS, PasteForm, UploadForm
from quen.apps.import_export.models import Import
from quen.apps.import_export.presenters import state_style
from quen.apps.import_export.types import ImportExportRight, ImportState, ImportStep
from quen.apps.import_export.views.common import current_url, display_name
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, refusals_on, success
from quen.ui.params import positive_int

KIND = "contacts"
MAX_UNFINISHED, PAGE_SIZE = 20, 30
#: as long as bulk changes can be undone
UNDO_PERIOD = timedelta(days=30)


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
    """Show the ways to start an import, the unfinished and the past imports."""
    return _list(request, UploadForm(), PasteForm())


@allowed(ImportExportRight.IMPORT)
@require_POST
def files(request: WorkspaceRequest) -> HttpResponse:
    """Create an import from an uploaded file."""
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        with refusals_on(form):
            file = form.cleaned_data["file"]
            import_ = services.create_from_upload(
                content=file.chunks(), filename=file.name, actor=request.actor, now=request.now, kind=KIND
            )
            return success(request, to=reverse("import_export:data", args=[import_.pk]))
    return _list(request, form, PasteForm())


@allowed(ImportExportRight.IMPORT)
@require_POST
def pastes(request: WorkspaceRequest) -> HttpResponse:
    """Create an import from pasted rows."""
    form = PasteForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            import_ = services.create_from_paste(
                text=form.cleaned_data["text"], actor=request.actor, now=request.now, kind=KIND
            )
            return success(request, to=reverse("import_export:data", args=[import_.pk]))
    return _list(request, UploadForm(), form)


@allowed(ImportExportRight.IMPORT)
@require_GET
def template(request: WorkspaceRequest, key: str) -> HttpResponse:
    """Return a template file. UTF-8 with a byte order mark, which Excel needs."""
    sheet = next((each for each in registry.screens(KIND).templates() if each.key == key), None)
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
    return HttpResponseRedirect(current_url(queries.get_import(import_id)))


@allowed(ImportExportRight.IMPORT)
@require_POST
def delete(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Delete an import; imported rows are kept."""
    services.delete_import(import_=queries.get_import(import_id), actor=request.actor, now=request.now)
    return success(request, message=_("Import deleted."), to=reverse("import_export:import_list"))


def _list(request: WorkspaceRequest, upload: UploadForm, paste: PasteForm) -> HttpResponse:
    before = positive_int(request.GET.get("before"))
    past = queries.imports(KIND).exclude(state__in=queries.UNFINISHED_STATES)
    if before is not None:
        past = past.filter(pk__lt=before)
    found = list(past.order_by("-pk")[: PAGE_SIZE + 1])
    unfinished = list(queries.unfinished_imports(KIND)[:MAX_UNFINISHED])
    context = {
        "upload": upload,
        "paste": paste,
        "unfinished": [_row(each) for each in unfinished],
        "past": [_row(each) for each in found[:PAGE_SIZE]],
        "next": f"?before={found[PAGE_SIZE - 1].pk}" if len(found) > PAGE_SIZE else "",
        "sheet_templates": registry.screens(KIND).templates(),
        "extensions": ", ".join(FILE_EXTENSIONS),
        "limit_mb": settings.IMPORT_MAX_BYTES >> 20,
    }
    return page(request, "import_export/import_list.html", context)


def _row(import_: Import) -> ImportRow:
    state = ImportState(import_.state)
    undoable = state == ImportState.DONE and import_.change_id is not None and import_.ended_at is not None
    step = str(ImportStep(import_.step).label) if state == ImportState.DRAFT else str(state.label)
    undo_until = import_.ended_at + UNDO_PERIOD if undoable and import_.ended_at else None
    return ImportRow(import_, display_name(import_), step, state_style(state), undo_until)
