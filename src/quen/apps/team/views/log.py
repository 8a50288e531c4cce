"""The action log."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from quen.apps.team import queries, registry
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.ui.asked import whole
from quen.ui.pages import page


@allowed(Right.VIEW_LOG)
@require_GET
def log(request: WorkspaceRequest) -> HttpResponse:
    """Show who did what, newest first, of one kind or one member if asked."""
    kind, who = request.GET.get("kind", ""), request.GET.get("who", "")
    member_id = whole(who)
    found = queries.log_page(
        kind=kind,
        member_id=member_id,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    rows = [(line, registry.action_text(line.kind, line.data)) for line in found.lines]
    context = {
        "rows": rows,
        "kinds": [(key, label, key == kind) for key, label in registry.action_kinds()],
        "members": [(member.pk, member.name, member.pk == member_id) for member in queries.all_members()],
        "filtered": bool(kind or member_id),
        "newer": _address(request, before=found.newer) if found.newer else "",
        "older": _address(request, after=found.older) if found.older else "",
    }
    return page(request, "team/log.html", context)


def _address(request: WorkspaceRequest, **place: str) -> str:
    query = request.GET.copy()
    for gone in ("after", "before"):
        query.pop(gone, None)
    query.update(place)
    return f"?{query.urlencode()}"
