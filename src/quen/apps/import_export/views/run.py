"""Steps 4 and 5: the dry run and the import while they are running."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.import_export import access, queries, registry, services
from quen.apps.import_export.models import Import
from quen.apps.import_export.presenters import count_text, emphasized, listed_names
from quen.apps.import_export.types import ConflictPolicy, ImportExportRight, ImportState, ImportStep
from quen.apps.import_export.views.common import current_url, step_page, step_unavailable
from quen.apps.import_export.views.results import result_page
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import ProgressState
from quen.ui.pages import success, wants_part

_ACTIVE_PROGRESS = (ProgressState.WAITING, ProgressState.RUNNING)
#: a dry run that has been running longer than this can be started again
_STALLED_AFTER = timedelta(minutes=2)
_ACTIVE_STATES = (ImportState.WAITING, ImportState.RUNNING)


@allowed(ImportExportRight.IMPORT)
@require_http_methods(["GET", "POST"])
def dry_run(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Start a dry run; show its progress or its result."""
    import_ = access.import_for(request.member, import_id)
    if step_unavailable(import_, ImportStep.DRY_RUN):
        return HttpResponseRedirect(current_url(import_))
    if request.method == "POST":
        services.start_dry_run(import_=import_, actor=request.actor, now=request.now)
        return HttpResponseRedirect(request.path)
    progress = import_.progress
    running = import_.dry_run_report is None and progress is not None and progress.state in _ACTIVE_PROGRESS
    if wants_part(request) and not running:
        return success(request, to=reverse("import_export:dry_run", args=[import_.pk]))
    failed = (
        import_.dry_run_report is None and progress is not None and progress.state == ProgressState.FAILED
    )
    context = {
        "running": running,
        "stalled": running and progress is not None and progress.created_at < request.now - _STALLED_AFTER,
        "report": _report(import_) if import_.dry_run_report else None,
        "failure": (progress.data.get("failure") or _("The test run stopped."))
        if failed and progress
        else "",
    }
    _subscribe(request, import_, running)
    return step_page(
        request, import_, ImportStep.DRY_RUN, "import_export/dry_run.html", context, part="state"
    )


@allowed(ImportExportRight.IMPORT)
@require_http_methods(["GET", "POST"])
def run(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Start the import; show its progress, then its result."""
    import_ = access.import_for(request.member, import_id)
    if request.method == "POST":
        if not step_unavailable(import_, ImportStep.DRY_RUN):
            services.start(import_=import_, actor=request.actor, now=request.now)
        return HttpResponseRedirect(current_url(queries.get_import(import_id)))
    if step_unavailable(import_, ImportStep.RUN):
        return HttpResponseRedirect(current_url(import_))
    active = import_.state in _ACTIVE_STATES
    if active:
        _subscribe(request, import_, active)
        context = {"stopping": bool(import_.progress and import_.progress.stop_requested_at)}
        return step_page(request, import_, ImportStep.RUN, "import_export/run.html", context, part="state")
    if wants_part(request) and "page" not in request.GET:
        return success(request, to=reverse("import_export:run", args=[import_.pk]))
    return result_page(request, import_)


@allowed(ImportExportRight.IMPORT)
@require_POST
def stop(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Stop the import after the current batch."""
    services.stop(import_=access.import_for(request.member, import_id), actor=request.actor, now=request.now)
    return success(
        request,
        message=_("Stopping after the current rows."),
        to=reverse("import_export:run", args=[import_id]),
    )


@allowed(ImportExportRight.IMPORT)
@require_POST
def resume(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Resume the import after the last committed row."""
    services.resume(
        import_=access.import_for(request.member, import_id), actor=request.actor, now=request.now
    )
    return success(request, to=reverse("import_export:run", args=[import_id]))


def _subscribe(request: WorkspaceRequest, import_: Import, active: bool) -> None:
    if active and import_.progress is not None:
        request.topics.append(f"progress/{import_.progress.pk}")


def _report(import_: Import) -> dict[str, Any]:
    report = dict(import_.dry_run_report or {})
    texts = registry.get(import_.kind).texts
    reasons = {
        name: [
            reason | {"text": queries.code_text(import_, reason["code"], reason["field"])}
            for reason in report.get(name, [])
        ]
        for name in ("refusals", "warnings")
    }
    created, accepted = report["created"], report["created"] + report["updated"]
    unchanged = report["unchanged"]
    lost = report.get("skipped_columns", [])
    skips = import_.settings.get("conflict_policy") == ConflictPolicy.SKIP
    return report | {
        **reasons,
        "accepted": accepted,
        "skipped": listed_names(lost),
        "skipped_count": len(lost),
        "headline": emphasized(count_text(texts.planned, created, rows=report["rows"]), created),
        "announced": [
            count_text(texts.announced[each["code"]], each["count"])
            for each in report["warnings"]
            if each["code"] in texts.announced
        ],
        "existing": count_text(texts.existing, unchanged) if skips and unchanged else "",
        "start": count_text(texts.start, accepted),
    }
