"""Send, schedule, pause, cancel: each is a transition from the state the user was shown (R-30)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.services.dispatch import sync_with_dispatch
from quen.apps.campaigns.services.transitions import lock, transition
from quen.apps.campaigns.types import CampaignState, CheckFailed, EditConflict, InvalidState
from quen.apps.channels.types import CheckSeverity
from quen.apps.content import queries as contents
from quen.apps.content import services as content_services
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.team import services as team
from quen.core import jobs
from quen.core.actors import SYSTEM, Actor

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.campaigns.types import AudienceEstimate

_DRAFT, _SCHEDULED = CampaignState.DRAFT, CampaignState.SCHEDULED
_IN_PROGRESS, _PAUSED = CampaignState.IN_PROGRESS, CampaignState.PAUSED


@transaction.atomic
def send_now(
    *,
    campaign: Campaign,
    workspace: Workspace,
    estimate: AudienceEstimate | None,
    actor: Actor,
    now: datetime,
    expected_updated_at: datetime | None = None,
) -> None:
    """Start sending a draft and freeze its content.

    estimate: the last count of the audience, if any; the check list runs again at the start.
    expected_updated_at: ``updated_at`` as shown to the user who decided.
    Raises CheckFailed, InvalidState, EditConflict.
    """
    lock(campaign, expected_updated_at=expected_updated_at)
    _ensure_sendable(campaign, workspace, estimate, now)
    _freeze_content(campaign, now)
    transition(
        campaign,
        from_states=(_DRAFT,),
        to=_IN_PROGRESS,
        now=now,
        send_at=None,
        started_at=now,
        failure={},
        member_id=actor.member_id or campaign.member_id,
        member_name=actor.name or campaign.member_name,
    )
    _log(campaign, "sent", actor, now)
    enqueue_start(campaign)


@transaction.atomic
def schedule(
    *,
    campaign: Campaign,
    workspace: Workspace,
    estimate: AudienceEstimate | None,
    actor: Actor,
    now: datetime,
    expected_updated_at: datetime | None = None,
) -> None:
    """Schedule a draft for its send time and freeze its content.

    Raises CheckFailed, InvalidState, EditConflict.
    """
    lock(campaign, expected_updated_at=expected_updated_at)
    if campaign.send_at is None:
        raise EditConflict(name=campaign.name)
    _ensure_sendable(campaign, workspace, estimate, now)
    _freeze_content(campaign, now)
    transition(
        campaign,
        from_states=(_DRAFT,),
        to=_SCHEDULED,
        now=now,
        scheduled_at=now,
        failure={},
        member_id=actor.member_id or campaign.member_id,
        member_name=actor.name or campaign.member_name,
    )
    at = campaign.send_at.isoformat() if campaign.send_at else ""
    team.audit(actor, "campaigns.scheduled", target=campaign, data={"name": campaign.name, "at": at}, now=now)


@transaction.atomic
def unschedule(*, campaign: Campaign, actor: Actor, now: datetime) -> None:
    """Return a scheduled campaign to draft. Possible until sending starts. Raises InvalidState."""
    transition(campaign, from_states=(_SCHEDULED,), to=_DRAFT, now=now, scheduled_at=None)
    _unfreeze_content(campaign, now)
    _log(campaign, "unscheduled", actor, now)


@transaction.atomic
def cancel(*, campaign: Campaign, actor: Actor, now: datetime) -> None:
    """Cancel for good. Messages already sent are not recalled. Raises InvalidState."""
    dispatch_id = campaign.dispatch_id
    transition(
        campaign,
        from_states=(_SCHEDULED, _IN_PROGRESS, _PAUSED, CampaignState.FAILED),
        to=CampaignState.CANCELLED,
        now=now,
        ended_at=now,
    )
    dispatch_id = campaign.dispatch_id or dispatch_id
    if dispatch_id is not None:
        dispatch = delivery.get_dispatch(dispatch_id)
        if not delivery.has_ended(dispatch):
            delivery_services.cancel_dispatch(dispatch, actor=actor, now=now)
    _log(campaign, "cancelled", actor, now)


@transaction.atomic
def pause(*, campaign: Campaign, actor: Actor, now: datetime) -> None:
    """Pause sending; unsent messages wait. Raises InvalidState."""
    transition(campaign, from_states=(_IN_PROGRESS,), to=_PAUSED, now=now, failure={})
    if campaign.dispatch_id is None:
        raise InvalidState(name=campaign.name, state=CampaignState.IN_PROGRESS.label)
    delivery_services.pause_dispatch(delivery.get_dispatch(campaign.dispatch_id), actor=actor, now=now)
    _log(campaign, "paused", actor, now)


@transaction.atomic
def resume(*, campaign: Campaign, actor: Actor, now: datetime) -> None:
    """Resume a paused campaign. Raises InvalidState."""
    transition(campaign, from_states=(_PAUSED,), to=_IN_PROGRESS, now=now, failure={})
    if campaign.dispatch_id is not None:
        delivery_services.resume_dispatch(delivery.get_dispatch(campaign.dispatch_id), actor=actor, now=now)
    _log(campaign, "resumed", actor, now)


@transaction.atomic
def retry(*, campaign: Campaign, actor: Actor, now: datetime) -> None:
    """Retry the unsent part of a failed campaign. Raises InvalidState.

    Without a dispatch it starts again with a new ``started_at``; an existing dispatch continues where it stopped.
    """
    failed = (CampaignState.FAILED,)
    if campaign.dispatch_id is None:
        transition(
            campaign, from_states=failed, to=_IN_PROGRESS, now=now, started_at=now, failure={}, ended_at=None
        )
        enqueue_start(campaign)
    else:
        transition(campaign, from_states=failed, to=_IN_PROGRESS, now=now, failure={}, ended_at=None)
        delivery_services.resume_dispatch(delivery.get_dispatch(campaign.dispatch_id), actor=actor, now=now)
    _log(campaign, "retried", actor, now)


def reset_after_restore(*, now: datetime) -> None:
    """Return scheduled campaigns to draft after a restore: their send time may already have passed.

    A restored copy of a workspace must not send anything on its own.
    """
    for campaign in queries.campaigns().filter(state=_SCHEDULED):
        unschedule(campaign=campaign, actor=SYSTEM, now=now)
    for campaign in queries.started_without_dispatch():
        transition(campaign, from_states=(_IN_PROGRESS,), to=_DRAFT, now=now, started_at=None)
        _unfreeze_content(campaign, now)
    for campaign in queries.with_active_dispatch():
        sync_with_dispatch(dispatch_id=campaign.dispatch_id or 0, now=now)


def enqueue_start(campaign: Campaign) -> None:
    """Enqueue the start. If the job is lost, ``sweep`` finds the campaign by its row."""
    jobs.enqueue("campaigns.start", campaign_id=campaign.pk)


def _freeze_content(campaign: Campaign, now: datetime) -> None:
    """Freeze the content, so that what was approved is what is sent: not everyone who edits may send."""
    content_services.freeze(contents.get_content(campaign.content_id), now=now)


def _unfreeze_content(campaign: Campaign, now: datetime) -> None:
    """Replace frozen content with an editable copy."""
    content = contents.get_content(campaign.content_id)
    if content.frozen_at is not None:
        campaign.content_id = content_services.copy_content(content=content, now=now).pk
        campaign.save(update_fields=["content_id"])


def _ensure_sendable(
    campaign: Campaign, workspace: Workspace, estimate: AudienceEstimate | None, now: datetime
) -> None:
    lines = queries.checklist(campaign, workspace=workspace, now=now, estimate=estimate)
    errors = [line for line in lines if line.severity is CheckSeverity.ERROR]
    if errors:
        raise CheckFailed(
            count=len(errors),
            errors="; ".join(line.message for line in errors),
            codes=[line.key for line in errors],
        )


def _log(campaign: Campaign, action: str, actor: Actor, now: datetime) -> None:
    team.audit(actor, f"campaigns.{action}", target=campaign, data={"name": campaign.name}, now=now)
