"""What several screens of the room share."""

from __future__ import annotations

from quen.apps.campaigns.types import SIGNS, CampaignState


def sign(state: str) -> tuple[str, str]:
    """Give tone and icon of a state."""
    return SIGNS[CampaignState(state)]
