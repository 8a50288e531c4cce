"""Segments on the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.segments import listing, queries
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OverviewPanelContent
from quen.core.clock import local_day

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest

_LIMIT = 6


def changing_segments(request: WorkspaceRequest) -> OverviewPanelContent | None:
    """Return the segments that changed most in seven days, then the largest; None without segments."""
    segments = list(queries.segments())
    if not segments:
        return None
    today = local_day(request.now, request.workspace.zone)
    trends = listing.trends_of(segments, today=today, zone=request.workspace.zone)
    segments.sort(key=lambda segment: (-abs(trends[segment.pk].week or 0), -segment.size, segment.name))
    rows = [
        (segment, trends[segment.pk], workspace_path(f"/segments/{segment.pk}/"))
        for segment in segments[:_LIMIT]
    ]
    return OverviewPanelContent(
        title=_("Segments"),
        template="segments/overview.html",
        context={"rows": rows},
        note=_("last 7 days"),
        href=workspace_path("/segments/"),
        link=_("See all"),
        flush=True,
    )
