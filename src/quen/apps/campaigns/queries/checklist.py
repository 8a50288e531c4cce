"""The check list of a campaign (CAM-56): errors that block sending, warnings, and what is in order."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from quen.apps.campaigns import registry
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import AudienceEstimate, CampaignCheckContext
from quen.apps.channels import queries as channels
from quen.apps.channels import registry as channel_registry
from quen.apps.channels.types import ChecklistLine, CheckSeverity
from quen.apps.content import queries as contents

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace


def checklist(
    campaign: Campaign, *, workspace: Workspace, now: datetime, estimate: AudienceEstimate | None = None
) -> list[ChecklistLine]:
    """Return the lines of all registered checks, most severe first.

    estimate: the last count of the audience; without one, lines that need numbers are left out.
    """
    context = CampaignCheckContext(
        campaign=campaign,
        channel=channel_registry.channel(campaign.channel),
        connection=channels.find_active_connection(campaign.channel),
        content=contents.get_content(campaign.content_id),
        workspace=workspace,
        estimate=estimate,
        now=now,
    )
    lines = [line for check in registry.checks() for line in check(context)]
    order = list(CheckSeverity)
    return sorted(lines, key=lambda line: order.index(line.severity))
