"""Load the campaign a view works on, or answer 404."""

from __future__ import annotations

from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import CampaignState, InvalidState
from quen.core.errors import NotFound


def campaign(campaign_id: int) -> Campaign:
    """Return a campaign of the current workspace. Raises NotFound."""
    return queries.get_campaign(campaign_id)


def draft(campaign_id: int) -> Campaign:
    """Return a draft. Raises NotFound, InvalidState."""
    found = queries.get_campaign(campaign_id)
    if found.state != CampaignState.DRAFT:
        raise InvalidState(name=found.name, state=found.get_state_display())
    return found


def dispatched(campaign_id: int) -> Campaign:
    """Return a campaign that was handed to delivery. Raises NotFound."""
    found = queries.get_campaign(campaign_id)
    if found.dispatch_id is None:
        raise NotFound()
    return found
