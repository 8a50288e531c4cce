"""Steps 4 and 5: the trial and the import itself, as long as they run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import
from quen.apps.import_export.types import ImportState, ImportStep
from quen.apps.import_export.views.common import reached, step_page, too_early
from quen.apps.import_export.views.results import result_page
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import ProgressState, Right
from quen.ui.pages import done, wants_part

_UNDER_WAY = (ProgressState.WAITING, ProgressState.RUNNING)
#: a trial that is older than this may be begun again
_PATIENCE = timedelta(minutes=2)
_WAITS = (ImportState.WAITING, ImportState.RUNNING)


@allowed(Right.IMPORT_CONTACTS)
@require_http_methods(["GET", "POST"])
def trial(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Try the import out, and say what it would do."""
    import_ = queries.get_import(import_id)
    if too_early(import_, ImportStep.TRIAL):
        return HttpResponseRedirect(reached(import_))
    if request.method == "POST":
        services.start_trial(import_=import_, actor=request.member, now=request.now)
        return HttpResponseRedirect(request.path)
    progress = import_.progress
    tries = import_.trial is None and progress is not None and progress.state in _UNDER_WAY
    if wants_part(request) and not tries:
        return done(request, to=reverse("import_export:trial", args=[import_.pk]))
    failed = import_.trial is None and progress is not None and progress.state == ProgressState.FAILED
    context = {
        "tries": tries,
        "stuck": tries and progress is not None and progress.created_at < request.now - _PATIENCE,
        "report": _report(import_) if import_.trial else None,
        "failure": (progress.data.get("failure") or _("The trial stopped.")) if failed and progress else "",
    }
    _listen(request, import_, tries)
    return step_page(request, import_, ImportStep.TRIAL, "import_export/trial.html", context, part="state")


@allowed(Right.IMPORT_CONTACTS)
@require_http_methods(["GET", "POST"])
def run(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Start the import; show it while it runs and its result afterwards."""
    import_ = queries.get_import(import_id)
    if request.method == "POST":
        if not too_early(import_, ImportStep.TRIAL):
            services.start(import_=import_, actor=request.member, now=request.now)
        return HttpResponseRedirect(reached(queries.get_import(import_id)))
    if too_early(import_, ImportStep.RUN):
        return HttpResponseRedirect(reached(import_))
    runs = import_.state in _WAITS
    if runs:
        _listen(request, import_, runs)
        context = {"stopping": bool(import_.progress and import_.progress.stop_asked_at)}
        return step_page(request, import_, ImportStep.RUN, "import_export/run.html", context, part="state")
    if wants_part(request) and "page" not in request.GET:
        return done(request, to=reverse("import_export:run", args=[import_.pk]))
    return result_page(request, import_)


@allowed(Right.IMPORT_CONTACTS)
@require_POST
def stop(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Stop at the next batch."""
    services.stop(import_=queries.get_import(import_id), actor=request.member, now=request.now)
    return done(
        request, say=_("It stops after the rows at hand."), to=reverse("import_export:run", args=[import_id])
    )


@allowed(Right.IMPORT_CONTACTS)
@require_POST
def continuation(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Go on after the last row that entered."""
    services.continue_(import_=queries.get_import(import_id), actor=request.member, now=request.now)
    return done(request, to=reverse("import_export:run", args=[import_id]))


def _listen(request: WorkspaceRequest, import_: Import, waits: bool) -> None:
    if waits and import_.progress is not None:
        request.topics.append(f"progress/{import_.progress.pk}")


def _report(import_: Import) -> dict[str, Any]:
    trial = dict(import_.trial or {})
    told = {
        name: [
            reason | {"text": queries.code_text(import_, reason["code"], reason["field"])}
            for reason in trial.get(name, [])
        ]
        for name in ("refusals", "warnings")
    }
    return trial | told | {"enter": trial.get("created", 0) + trial.get("updated", 0)}
