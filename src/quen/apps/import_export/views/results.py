"""The result of an import: counts, refused rows to correct, undo."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.import_export import access, queries, registry, services
from quen.apps.import_export.forms import UploadForm
from quen.apps.import_export.models import Import
from quen.apps.import_export.presenters import count_text, emphasized, state_style
from quen.apps.import_export.types import ImportExportRight, ImportState, ImportStep, IssueKind
from quen.apps.import_export.views.common import step_page
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core import schemas
from quen.core.errors import DomainError
from quen.core.table_files import TableFormat
from quen.core.text import fold
from quen.core.uploads import accepts_files
from quen.ui.downloads import table_download
from quen.ui.pages import refusals_on, success
from quen.ui.params import positive_int

ISSUES_PER_PAGE = 50
_KINDS = {"refused": IssueKind.REFUSED, "warned": IssueKind.WARNING}


def result_page(request: WorkspaceRequest, import_: Import, form: UploadForm | None = None) -> HttpResponse:
    """Return the page with the counts, the rows to review and the possible actions."""
    state = ImportState(import_.state)
    texts = registry.get(import_.kind).texts
    context = {
        "state": state,
        "undone": state == ImportState.UNDONE,
        "style": state_style(state),
        "headline": _headline(import_),
        "undoable": queries.can_undo(import_),
        "no_undo": texts.no_undo if import_.state in queries.UNDOABLE_STATES else "",
        "resumable": state in (ImportState.STOPPED, ImportState.FAILED),
        "result_url": _result_url(import_),
        "result_actions": _result_actions(request, import_),
        "form": form or UploadForm(label=_("Corrected file")),
    } | _issues(request, import_)
    return step_page(request, import_, ImportStep.RUN, "import_export/result.html", context)


def _headline(import_: Import) -> str:
    texts = registry.get(import_.kind).texts
    if import_.state == ImportState.UNDONE:
        return _("This import was undone")
    if import_.created or not import_.updated:
        return emphasized(count_text(texts.created, import_.created), import_.created)
    return emphasized(count_text(texts.updated, import_.updated), import_.updated)


@allowed(ImportExportRight.IMPORT)
@require_GET
def refused(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Return the refused rows with row numbers and reasons, to be corrected in a spreadsheet."""
    import_ = access.import_for(request.member, import_id)
    rows = _in_workspace(services.refused_rows_csv(import_), schemas.current(), get_language())
    response = StreamingHttpResponse(rows, content_type=TableFormat.CSV.content_type)
    response["Content-Disposition"] = f'attachment; filename="{_refused_name(import_)}.csv"'
    return cast("HttpResponse", response)  # StreamingHttpResponse is no subclass of HttpResponse


@allowed(ImportExportRight.IMPORT)
@require_GET
def refused_workbook(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Return the refused rows as a workbook; numbers of the file stay numbers."""
    import_ = access.import_for(request.member, import_id)
    return table_download(
        lambda: services.refused_rows(import_), name=_refused_name(import_), format=TableFormat.XLSX
    )


def _refused_name(import_: Import) -> str:
    stem = slugify(fold(import_.filename.rpartition(".")[0] or import_.filename)) or "import"
    return _("%(file)s-rejected") % {"file": stem}


@allowed(ImportExportRight.IMPORT)
@accepts_files(lambda: settings.IMPORT_MAX_BYTES)
@require_POST
def retry(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Import corrected rows with the same matching and settings."""
    import_ = access.import_for(request.member, import_id)
    form = UploadForm(request.POST, request.FILES, label=_("Corrected file"))
    if form.is_valid():
        with refusals_on(form):
            file = form.cleaned_data["file"]
            retry_import = services.retry_refused(
                import_=import_,
                content=file.chunks(),
                filename=file.name,
                actor=request.actor,
                now=request.now,
            )
            services.start_dry_run(import_=retry_import, actor=request.actor, now=request.now)
            return success(request, to=reverse("import_export:dry_run", args=[retry_import.pk]))
    return result_page(request, import_, form)


@allowed(ImportExportRight.IMPORT)
@require_http_methods(["GET", "POST"])
def undo(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Show what undoing the import does, and do it."""
    import_ = access.import_for(request.member, import_id)
    texts = registry.get(import_.kind).texts
    if not queries.can_undo(import_):
        return HttpResponseRedirect(reverse("import_export:import", args=[import_.pk]))
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            outcome = services.undo(import_=import_, actor=request.actor, now=request.now)
        except DomainError as error:
            refusal = error
        else:
            message = count_text(texts.undo_done, outcome.removed)
            return success(request, message=message, to=reverse("import_export:run", args=[import_.pk]))
    preview = queries.preview_undo(import_)
    context = {
        "effects": [
            ("user-minus", count_text(texts.undo_removed, preview.removed)),
            ("undo-2", count_text(texts.undo_restored, preview.restored)),
            ("user-check", count_text(texts.undo_kept, preview.kept)),
            *([("ban", count_text(texts.undo_refusing, preview.refusing))] if preview.refusing else []),
        ],
        "refusal": refusal,
    }
    status = 422 if refusal else None
    return step_page(request, import_, ImportStep.RUN, "import_export/undo.html", context, status=status)


def _in_workspace(chunks: Iterator[bytes], schema: str, language: str | None) -> Iterator[bytes]:
    """Iterate in the workspace and language of the request, which ends before the response is streamed."""
    with schemas.use(schema), translation.override(language):
        yield from chunks


def _result_url(import_: Import) -> str:
    """Return the URL of the list of what was imported."""
    path = registry.screens(import_.kind).result_path(import_.settings, **_days(import_))
    return workspace_path(path)


def _result_actions(request: WorkspaceRequest, import_: Import) -> list[registry.ResultAction]:
    """Return what the member can do next; nothing if nothing is new or changed."""
    if not (import_.created or import_.updated):
        return []
    offered = registry.screens(import_.kind).result_actions(import_.settings, **_days(import_))
    return [each for each in offered if request.member.can(each.right)]


def _days(import_: Import) -> dict[str, date]:
    began = import_.started_at or import_.created_at
    return {
        "since": timezone.localdate(began),
        "until": timezone.localdate(import_.ended_at or began),
    }


def _issues(request: WorkspaceRequest, import_: Import) -> dict[str, Any]:
    shown = request.GET.get("show", "")
    if shown not in _KINDS:
        shown = "refused" if import_.refused or not import_.warned else "warned"
    page = max(1, positive_int(request.GET.get("page")) or 1)
    kind = _KINDS[shown]
    start = (page - 1) * ISSUES_PER_PAGE
    found = list(queries.issues(import_, kind)[start : start + ISSUES_PER_PAGE + 1])
    listed = found[:ISSUES_PER_PAGE]
    rows = [
        (
            issue.row_number,
            text,
            " · ".join(str(cell) for cell in issue.cells or () if cell not in (None, "")),
        )
        for issue, text in zip(listed, queries.issue_texts(import_, listed), strict=True)
    ]
    return {
        "refused_shown": shown == "refused",
        "tabs": [
            {
                "text": _("Rejected"),
                "href": "?show=refused",
                "on": shown == "refused",
                "count": import_.refused,
            },
            {"text": _("Warnings"), "href": "?show=warned", "on": shown == "warned", "count": import_.warned},
        ],
        "issue_rows": rows,
        "reasons": [
            (queries.code_text(import_, code, field), times)
            for code, field, times in queries.issue_counts(import_, kind)
        ],
        "previous": f"?show={shown}&page={page - 1}" if page > 1 else "",
        "next": f"?show={shown}&page={page + 1}" if len(found) > ISSUES_PER_PAGE else "",
        "first": start + 1 if rows else 0,
        "last": start + len(rows),
    }
