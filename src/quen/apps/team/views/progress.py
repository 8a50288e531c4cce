"""Progress of long-running operations."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.team import access, services
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import StopNotAllowed
from quen.ui.pages import page, success


@allowed(None)
@require_GET
def progress(request: WorkspaceRequest, progress_id: int) -> HttpResponse:
    """Show the progress of an operation; the page fetches it again on each live event."""
    found = access.progress_for(progress_id)
    request.topics.append(f"progress/{found.pk}")
    context = {"progress": found, "may_stop": access.may_stop(request.member, found)}
    response = page(request, "team/progress_page.html", context, part="bar")
    if found.is_ended:
        response["HX-Trigger"] = "progress:ended"
    return response


@allowed(None)
@require_POST
def retry_progress(request: WorkspaceRequest, progress_id: int) -> HttpResponse:
    """Run an operation again that failed; it goes on after what was done."""
    found = access.progress_for(progress_id)
    if not access.may_stop(request.member, found):
        raise StopNotAllowed(who=access.who_may_stop(found))
    services.retry_progress(found)
    return success(
        request, message=_("Trying again."), to=found.url or reverse("team:progress", args=[found.pk])
    )


@allowed(None)
@require_POST
def stop_progress(request: WorkspaceRequest, progress_id: int) -> HttpResponse:
    """Ask an operation to stop after its current batch."""
    found = access.progress_for(progress_id)
    if not access.may_stop(request.member, found):
        raise StopNotAllowed(who=access.who_may_stop(found))
    services.request_stop(found, now=request.now)
    return success(request, message=_("Stopping after the current rows."))
