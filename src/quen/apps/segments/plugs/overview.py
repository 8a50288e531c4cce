"""The room's panel on the landing page: the segments that moved most this week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.contacts.types import ContactRight
from quen.apps.segments import listing, queries
from quen.apps.team import registry
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OverviewPanelContent
from quen.core.clock import local_day

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest

_LIMIT = 6


def register() -> None:
    """Register it."""
    registry.overview_panel("segments", 30, ContactRight.VIEW, segments, lazy=True)


def segments(request: WorkspaceRequest) -> OverviewPanelContent | None:
    """Show the segments that moved most in seven days, then the largest."""
    found = list(queries.segments())
    if not found:
        return None
    today = local_day(request.now, request.workspace.zone)
    trends = listing.trends_of(found, today=today, zone=request.workspace.zone)
    found.sort(key=lambda each: (-abs(trends[each.pk].week or 0), -each.size, each.name))
    rows = [(each, trends[each.pk], workspace_path(f"/segments/{each.pk}/")) for each in found[:_LIMIT]]
    return OverviewPanelContent(
        title=_("Segments"),
        template="segments/overview.html",
        context={"rows": rows},
        note=_("last 7 days"),
        href=workspace_path("/segments/"),
        link=_("See all"),
        flush=True,
    )
