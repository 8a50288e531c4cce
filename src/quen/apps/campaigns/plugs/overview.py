"""Campaigns on the landing page: the latest, and the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.campaigns import queries
from quen.apps.campaigns.types import STATE_BADGES, CampaignRight, CampaignState
from quen.apps.delivery.types import DeliveryRight
from quen.apps.team import registry
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OnboardingStep, OverviewPanelContent

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest

SHOWN = 5


def register() -> None:
    """Register them."""
    registry.overview_panel("campaigns-latest", 15, CampaignRight.VIEW, latest)
    registry.onboarding_step("campaigns.first", 60, DeliveryRight.SEND, first_campaign)
    registry.workspace_count(
        "campaigns", "SELECT count(*) FROM {schema}.campaigns_campaign WHERE deleted_at IS NULL"
    )


def latest(request: WorkspaceRequest) -> OverviewPanelContent | None:
    """Show what was sent last, is under way or waits."""
    rows = queries.latest(now=request.now, zone=request.workspace.zone, limit=SHOWN)
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


def first_campaign(request: WorkspaceRequest) -> OnboardingStep:
    """Ask for the first campaign."""
    return OnboardingStep(
        title=_("Send the first campaign"),
        text=_("Send one email to customers who consented. In the sandbox, nothing leaves your system."),
        href=workspace_path("/campaigns/new/"),
        icon="megaphone",
        done=queries.any_started(),
    )
