"""Send, schedule, stop: each a move from a state one was shown (R-30)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.services.dispatch import sync_with_dispatch
from quen.apps.campaigns.services.transitions import lock, transition
from quen.apps.campaigns.types import CampaignState, CheckFailed, EditConflict, InvalidState, Severity
from quen.apps.content import queries as contents
from quen.apps.content import services as content_services
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.team import services as team
from quen.core import jobs

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.campaigns.types import AudienceEstimate
    from quen.apps.team.models import Member

_DRAFT, _SCHEDULED = CampaignState.DRAFT, CampaignState.SCHEDULED
_IN_PROGRESS, _PAUSED = CampaignState.IN_PROGRESS, CampaignState.PAUSED


@transaction.atomic
def send_now(
    *,
    campaign: Campaign,
    workspace: Workspace,
    estimate: AudienceEstimate | None,
    actor: Member | None,
    now: datetime,
    expected_updated_at: datetime | None = None,
) -> None:
    """Set a draft going; its words are frozen. Raises CheckFailed, NotInThisState, ChangedMeanwhile.

    look: how many it reaches, if that was counted; the check list is asked again when it starts.
    seen: when it was changed last, as whoever decides has read it.
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
        member_id=actor.pk if actor else campaign.member_id,
        member_name=actor.name if actor else campaign.member_name,
    )
    _log(campaign, "sent", actor, now)
    enqueue_start(campaign)


@transaction.atomic
def schedule(
    *,
    campaign: Campaign,
    workspace: Workspace,
    estimate: AudienceEstimate | None,
    actor: Member | None,
    now: datetime,
    expected_updated_at: datetime | None = None,
) -> None:
    """Let a draft go out at its send time, in the words it has now.

    Raises CheckFailed, NotInThisState, ChangedMeanwhile.
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
        member_id=actor.pk if actor else campaign.member_id,
        member_name=actor.name if actor else campaign.member_name,
    )
    at = campaign.send_at.isoformat() if campaign.send_at else ""
    team.audit(actor, "campaigns.scheduled", target=campaign, data={"name": campaign.name, "at": at}, now=now)


@transaction.atomic
def unschedule(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Make a scheduled campaign a draft again, until sending begins. Raises NotInThisState."""
    transition(campaign, from_states=(_SCHEDULED,), to=_DRAFT, now=now, scheduled_at=None)
    _unfreeze_content(campaign, now)
    _log(campaign, "unscheduled", actor, now)


@transaction.atomic
def cancel(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Stop for good; what is handed over already is not recalled. Raises NotInThisState."""
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
def pause(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Hold on; the rest waits. Raises NotInThisState."""
    transition(campaign, from_states=(_IN_PROGRESS,), to=_PAUSED, now=now, failure={})
    if campaign.dispatch_id is None:
        raise InvalidState(name=campaign.name, state=CampaignState.IN_PROGRESS.label)
    delivery_services.pause_dispatch(delivery.get_dispatch(campaign.dispatch_id), actor=actor, now=now)
    _log(campaign, "paused", actor, now)


@transaction.atomic
def resume(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Go on with what waits. Raises NotInThisState."""
    transition(campaign, from_states=(_PAUSED,), to=_IN_PROGRESS, now=now, failure={})
    if campaign.dispatch_id is not None:
        delivery_services.resume_dispatch(delivery.get_dispatch(campaign.dispatch_id), actor=actor, now=now)
    _log(campaign, "resumed", actor, now)


@transaction.atomic
def retry(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Try the unsent part of a failed campaign once more. Raises NotInThisState.

    One that was never launched begins anew, at a new instant; a launch goes on where it stopped.
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
    """Bring what waits back to draft: in a workspace from a backup, its time is another one's past."""
    for campaign in queries.campaigns().filter(state=_SCHEDULED):
        unschedule(campaign=campaign, actor=None, now=now)
    for campaign in queries.started_without_dispatch():
        transition(campaign, from_states=(_IN_PROGRESS,), to=_DRAFT, now=now, started_at=None)
        _unfreeze_content(campaign, now)
    for campaign in queries.with_active_dispatch():
        sync_with_dispatch(dispatch_id=campaign.dispatch_id or 0, now=now)


def enqueue_start(campaign: Campaign) -> None:
    """Queue the start; the row says that it is due, and a sweep finds it should the job be lost."""
    jobs.enqueue("campaigns.start", campaign_id=campaign.pk)


def _freeze_content(campaign: Campaign, now: datetime) -> None:
    """What was decided on is what goes out: not everybody who writes may send."""
    content_services.freeze(contents.get_content(campaign.content_id), now=now)


def _unfreeze_content(campaign: Campaign, now: datetime) -> None:
    """Give a draft words that can be changed."""
    content = contents.get_content(campaign.content_id)
    if content.frozen_at is not None:
        campaign.content_id = content_services.copy_content(content=content, now=now).pk
        campaign.save(update_fields=["content_id"])


def _ensure_sendable(
    campaign: Campaign, workspace: Workspace, estimate: AudienceEstimate | None, now: datetime
) -> None:
    lines = queries.checklist(campaign, workspace=workspace, now=now, estimate=estimate)
    errors = [line for line in lines if line.severity is Severity.ERROR]
    if errors:
        raise CheckFailed(
            count=len(errors),
            errors="; ".join(line.message for line in errors),
            codes=[line.code for line in errors],
        )


def _log(campaign: Campaign, action: str, actor: Member | None, now: datetime) -> None:
    team.audit(actor, f"campaigns.{action}", target=campaign, data={"name": campaign.name}, now=now)
