"""Helpers that several views share."""

from __future__ import annotations

from quen.apps.campaigns.types import STATE_BADGES, CampaignState


def state_badge(state: str) -> tuple[str, str]:
    """Return tone and icon of a state."""
    return STATE_BADGES[CampaignState(state)]
