"""Campaigns on the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.campaigns import queries
from quen.apps.campaigns.types import STATE_BADGES, CampaignState
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OverviewPanelContent

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest

_LIMIT = 5


def latest_campaigns(request: WorkspaceRequest) -> OverviewPanelContent | None:
    """Return the campaigns sent, scheduled or edited last, or None without campaigns."""
    rows = queries.latest(now=request.now, zone=request.workspace.zone, limit=_LIMIT)
    if not rows:
        return None
    request.topics.append("campaigns")
    return OverviewPanelContent(
        title=_("Latest campaigns"),
        template="campaigns/overview.html",
        context={
            "rows": [
                (
                    row,
                    STATE_BADGES[CampaignState(row.campaign.state)],
                    workspace_path(f"/campaigns/{row.campaign.pk}/"),
                )
                for row in rows
            ],
            "now": request.now,
        },
        href=workspace_path("/campaigns/"),
        link=_("See all"),
        flush=True,
    )
