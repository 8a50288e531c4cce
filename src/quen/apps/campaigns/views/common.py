"""What several screens of the room share."""

from __future__ import annotations

from quen.apps.campaigns.types import STATE_BADGES, CampaignState


def state_badge(state: str) -> tuple[str, str]:
    """Give tone and icon of a state."""
    return STATE_BADGES[CampaignState(state)]
