"""Send, schedule, stop: each a move from a state one was shown (R-30)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.services.moving import hold, move
from quen.apps.campaigns.services.starting import settle
from quen.apps.campaigns.types import CampaignState, ChangedMeanwhile, CheckFailed, NotInThisState, Weight
from quen.apps.content import queries as contents
from quen.apps.content import services as content_services
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.team import services as team
from quen.core import jobs

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.campaigns.types import Look
    from quen.apps.team.models import Member

_DRAFT, _SCHEDULED = CampaignState.DRAFT, CampaignState.SCHEDULED
_IN_PROGRESS, _PAUSED = CampaignState.IN_PROGRESS, CampaignState.PAUSED


@transaction.atomic
def send_now(
    *,
    campaign: Campaign,
    workspace: Workspace,
    look: Look | None,
    actor: Member | None,
    now: datetime,
    seen: datetime | None = None,
) -> None:
    """Set a draft going; its words are frozen. Raises CheckFailed, NotInThisState, ChangedMeanwhile.

    look: how many it reaches, if that was counted; the check list is asked again when it starts.
    seen: when it was changed last, as whoever decides has read it.
    """
    hold(campaign, seen=seen)
    _ensure_fit(campaign, workspace, look, now)
    _freeze(campaign, now)
    move(
        campaign,
        from_states=(_DRAFT,),
        to=_IN_PROGRESS,
        now=now,
        send_at=None,
        started_at=now,
        trouble={},
        member_id=actor.pk if actor else campaign.member_id,
        member_name=actor.name if actor else campaign.member_name,
    )
    _log(campaign, "sent", actor, now)
    begin(campaign)


@transaction.atomic
def schedule(
    *,
    campaign: Campaign,
    workspace: Workspace,
    look: Look | None,
    actor: Member | None,
    now: datetime,
    seen: datetime | None = None,
) -> None:
    """Let a draft go out at its send time, in the words it has now.

    Raises CheckFailed, NotInThisState, ChangedMeanwhile.
    """
    hold(campaign, seen=seen)
    if campaign.send_at is None:
        raise ChangedMeanwhile(name=campaign.name)
    _ensure_fit(campaign, workspace, look, now)
    _freeze(campaign, now)
    move(
        campaign,
        from_states=(_DRAFT,),
        to=_SCHEDULED,
        now=now,
        scheduled_at=now,
        trouble={},
        member_id=actor.pk if actor else campaign.member_id,
        member_name=actor.name if actor else campaign.member_name,
    )
    at = campaign.send_at.isoformat() if campaign.send_at else ""
    team.log_action(
        actor, "campaigns.scheduled", target=campaign, data={"name": campaign.name, "at": at}, now=now
    )


@transaction.atomic
def take_back(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Make a scheduled campaign a draft again, until sending begins. Raises NotInThisState."""
    move(campaign, from_states=(_SCHEDULED,), to=_DRAFT, now=now, scheduled_at=None)
    _thaw(campaign, now)
    _log(campaign, "taken_back", actor, now)


@transaction.atomic
def cancel(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Stop for good; what is handed over already is not recalled. Raises NotInThisState."""
    launch_id = campaign.launch_id
    move(
        campaign,
        from_states=(_SCHEDULED, _IN_PROGRESS, _PAUSED, CampaignState.FAILED),
        to=CampaignState.CANCELLED,
        now=now,
        ended_at=now,
    )
    launch_id = campaign.launch_id or launch_id
    if launch_id is not None:
        launch = delivery.get_launch(launch_id)
        if not delivery.is_over(launch):
            delivery_services.cancel_launch(launch, actor=actor, now=now)
    _log(campaign, "cancelled", actor, now)


@transaction.atomic
def pause(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Hold on; the rest waits. Raises NotInThisState."""
    move(campaign, from_states=(_IN_PROGRESS,), to=_PAUSED, now=now, trouble={})
    if campaign.launch_id is None:
        raise NotInThisState(name=campaign.name, state=CampaignState.IN_PROGRESS.label)
    delivery_services.pause_launch(delivery.get_launch(campaign.launch_id), actor=actor, now=now)
    _log(campaign, "paused", actor, now)


@transaction.atomic
def resume(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Go on with what waits. Raises NotInThisState."""
    move(campaign, from_states=(_PAUSED,), to=_IN_PROGRESS, now=now, trouble={})
    if campaign.launch_id is not None:
        delivery_services.resume_launch(delivery.get_launch(campaign.launch_id), actor=actor, now=now)
    _log(campaign, "resumed", actor, now)


@transaction.atomic
def retry(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Try the unsent part of a failed campaign once more. Raises NotInThisState.

    One that was never launched begins anew, at a new instant; a launch goes on where it stopped.
    """
    failed = (CampaignState.FAILED,)
    if campaign.launch_id is None:
        move(
            campaign, from_states=failed, to=_IN_PROGRESS, now=now, started_at=now, trouble={}, ended_at=None
        )
        begin(campaign)
    else:
        move(campaign, from_states=failed, to=_IN_PROGRESS, now=now, trouble={}, ended_at=None)
        delivery_services.resume_launch(delivery.get_launch(campaign.launch_id), actor=actor, now=now)
    _log(campaign, "retried", actor, now)


def calm(*, now: datetime) -> None:
    """Bring what waits back to draft: in a workspace from a backup, its time is another one's past."""
    for campaign in queries.campaigns().filter(state=_SCHEDULED):
        take_back(campaign=campaign, actor=None, now=now)
    for campaign in queries.begun_without_launch():
        move(campaign, from_states=(_IN_PROGRESS,), to=_DRAFT, now=now, started_at=None)
        _thaw(campaign, now)
    for campaign in queries.unfinished_launches():
        settle(launch_id=campaign.launch_id or 0, now=now)


def begin(campaign: Campaign) -> None:
    """Queue the start; the row says that it is due, and a sweep finds it should the job be lost."""
    jobs.enqueue("campaigns.start", campaign_id=campaign.pk)


def _freeze(campaign: Campaign, now: datetime) -> None:
    """What was decided on is what goes out: not everybody who writes may send."""
    content_services.freeze(contents.get_content(campaign.content_id), now=now)


def _thaw(campaign: Campaign, now: datetime) -> None:
    """Give a draft words that can be changed."""
    content = contents.get_content(campaign.content_id)
    if content.frozen_at is not None:
        campaign.content_id = content_services.copy_content(content=content, now=now).pk
        campaign.save(update_fields=["content_id"])


def _ensure_fit(campaign: Campaign, workspace: Workspace, look: Look | None, now: datetime) -> None:
    lines = queries.checklist(campaign, workspace=workspace, now=now, look=look)
    faults = [line for line in lines if line.weight is Weight.BLOCKS]
    if faults:
        raise CheckFailed(
            count=len(faults),
            faults="; ".join(line.said for line in faults),
            codes=[line.code for line in faults],
        )


def _log(campaign: Campaign, deed: str, actor: Member | None, now: datetime) -> None:
    team.log_action(actor, f"campaigns.{deed}", target=campaign, data={"name": campaign.name}, now=now)
