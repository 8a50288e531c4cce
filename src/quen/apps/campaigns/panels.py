"""Campaigns on the overview."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.apps.campaigns import queries
from quen.apps.campaigns.types import STATE_BADGES, CampaignState
from quen.apps.channels.types import CheckSeverity
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OverviewPanelContent, PendingItem
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.campaigns.models import Campaign
    from quen.apps.team.access import WorkspaceRequest

_LIMIT = 5
#: drafts that nobody touched for longer are not brought up
_PENDING_DAYS, _MAX_PENDING = 14, 3


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


def pending_campaigns(request: WorkspaceRequest) -> list[PendingItem]:
    """Return the campaigns that stopped, then the newest drafts with something that blocks sending."""
    found = queries.campaigns().order_by("-updated_at")
    stopped = found.filter(state__in=(CampaignState.PAUSED, CampaignState.FAILED))[:_MAX_PENDING]
    since = request.now - timedelta(days=_PENDING_DAYS)
    drafts = found.filter(state=CampaignState.DRAFT, updated_at__gte=since)[:_MAX_PENDING]
    return [*map(_stopped, stopped), *filter(None, (_blocked(request, draft) for draft in drafts))]


def _stopped(campaign: Campaign) -> PendingItem:
    is_failed = campaign.state == CampaignState.FAILED
    title = _("“%(name)s” failed") if is_failed else _("“%(name)s” is paused")
    return PendingItem(
        title=title % {"name": campaign.name},
        text=queries.failure_text(campaign),
        href=workspace_path(f"/campaigns/{campaign.pk}/"),
        link=_("View"),
        icon="octagon-alert" if is_failed else "circle-pause",
        tone="bad" if is_failed else "wait",
    )


def _blocked(request: WorkspaceRequest, draft: Campaign) -> PendingItem | None:
    lines = queries.checklist(draft, workspace=request.workspace, now=request.now)
    blocks = [line for line in lines if line.severity == CheckSeverity.ERROR]
    if not blocks:
        return None
    text = ngettext("%(count)s thing blocks sending", "%(count)s things block sending", len(blocks))
    return PendingItem(
        title=_("Draft “%(name)s”") % {"name": draft.name},
        text=text % {"count": num(len(blocks))},
        href=workspace_path(f"/campaigns/{draft.pk}/"),
        link=_("Continue"),
        icon="pencil",
    )
