"""State transitions. Each names the states it may start from, so of two concurrent users one wins."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import CampaignState, EditConflict, InvalidState
from quen.core import live


def transition(
    campaign: Campaign,
    *,
    from_states: Collection[CampaignState],
    to: CampaignState | None,
    now: datetime,
    **changes: Any,
) -> None:
    """Change the state, and other columns with it, by one conditional UPDATE. Raises InvalidState.

    to: None keeps the state.
    """
    changed = {"updated_at": now, **changes} | ({"state": to} if to else {})
    updated = Campaign.objects.filter(pk=campaign.pk, deleted_at=None, state__in=from_states).update(
        **changed
    )
    campaign.refresh_from_db()
    if not updated:
        raise InvalidState(name=campaign.name, state=campaign.get_state_display())
    announce(campaign)


def lock_draft(campaign: Campaign) -> Campaign:
    """Return the draft, locked for update. Raises InvalidState."""
    found = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if found.state != CampaignState.DRAFT or found.deleted_at is not None:
        raise InvalidState(name=found.name, state=found.get_state_display())
    return found


def lock(campaign: Campaign, *, expected_updated_at: datetime | None) -> None:
    """Lock a draft and reload ``campaign``.

    expected_updated_at: ``updated_at`` as the caller's user saw it; None skips the check.
    Raises InvalidState, EditConflict.
    """
    found = lock_draft(campaign)
    if expected_updated_at is not None and found.updated_at != expected_updated_at:
        raise EditConflict(name=found.name)
    campaign.refresh_from_db()


def announce(campaign: Campaign) -> None:
    """Notify open pages of a change."""
    live.publish(f"campaign/{campaign.pk}", id=campaign.pk)
    live.publish("campaigns")
