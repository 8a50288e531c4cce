"""Begin what is due, exactly once, and follow the launch to its end.

The instant of launch is written on the campaign in a transaction of its own before anything else happens. The launch
and its id on the campaign are one transaction, under the campaign's lock: however often the job runs, after a crash
or beside itself, one launch comes of it.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import translation

from quen.apps.accounts import queries as accounts
from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.rules import times
from quen.apps.campaigns.services.moving import announce, move
from quen.apps.campaigns.types import AT_WORK, CampaignState, Check, NotInThisState, Weight
from quen.apps.channels import queries as channels
from quen.apps.content import queries as contents
from quen.apps.content import services as content_services
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.delivery.types import LaunchState, Source
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.access import address
from quen.core import jobs
from quen.core.errors import DomainError

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.delivery.models import Launch

log = logging.getLogger(__name__)
_STATES = {
    LaunchState.GATHERING: CampaignState.IN_PROGRESS,
    LaunchState.SENDING: CampaignState.IN_PROGRESS,
    LaunchState.PAUSED: CampaignState.PAUSED,
    LaunchState.CANCELLED: CampaignState.CANCELLED,
    LaunchState.FINISHED: CampaignState.SENT,
    LaunchState.FAILED: CampaignState.FAILED,
}
#: a launch may go on after its end, when somebody lets uncertain messages go again
_FOLLOWED = (*AT_WORK, CampaignState.SENT, CampaignState.FAILED)


def sweep(*, now: datetime) -> None:
    """Set going what is due, begin again what lost its job, follow what moved on unheard."""
    for campaign in queries.due(now):
        try:
            _set_going(campaign, now)
        except NotInThisState:
            continue  # somebody was quicker
    for campaign in queries.begun_without_launch():
        jobs.hint("campaigns.start", campaign_id=campaign.pk)
    for campaign in queries.unfinished_launches():
        settle(launch_id=campaign.launch_id or 0, now=now)


@transaction.atomic
def _set_going(campaign: Campaign, now: datetime) -> None:
    due_at = campaign.send_at or now
    if times.too_late(due_at, now):
        move(
            campaign,
            from_states=(CampaignState.SCHEDULED,),
            to=CampaignState.FAILED,
            now=now,
            ended_at=now,
            trouble={"code": "too_late", "at": due_at.isoformat()},
        )
        _tell_of_failure(campaign, now)
        return
    move(
        campaign,
        from_states=(CampaignState.SCHEDULED,),
        to=CampaignState.IN_PROGRESS,
        now=now,
        started_at=now,
        trouble={},
    )


@transaction.atomic
def start(*, campaign_id: int, now: datetime) -> None:
    """Launch a campaign that was set going; nothing happens when it is launched, or stopped, already.

    The check list is asked again: a fault that blocks makes it failed, and its author is told.
    """
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None or campaign.state != CampaignState.IN_PROGRESS or campaign.launch_id is not None:
        return
    if campaign.started_at is None:
        return
    workspace = accounts.current_workspace()
    try:
        look = queries.look_at(campaign, workspace=workspace, now=now)
        lines = queries.checklist(campaign, workspace=workspace, now=now, look=look)
        faults = [line for line in lines if line.weight is Weight.BLOCKS]
        if faults:
            _fail(campaign, _faults(faults, workspace), now)
            return
        with transaction.atomic():
            launch = _launch(campaign, workspace, now)
    except DomainError as refusal:
        _fail(campaign, {"code": refusal.code, "text": str(refusal)}, now)
        return
    campaign.launch_id = launch.pk
    campaign.looked = {
        "matched": launch.pinned,
        "eligible": look.eligible if look else launch.pinned,
        "left_out": {str(code): people for code, people in (look.left_out if look else {}).items()},
        "at": now.isoformat(),
    }
    campaign.save(update_fields=["launch_id", "looked"])
    announce(campaign)


def _launch(campaign: Campaign, workspace: Workspace, now: datetime) -> Launch:
    """Freeze words and people and hand them on."""
    content = content_services.copy_content(content=contents.get_content(campaign.content_id), now=now)
    content_services.freeze(content, now=now)
    assert campaign.started_at is not None  # for the type checker: asked before
    return delivery_services.launch(
        source=Source.CAMPAIGN,
        source_id=campaign.pk,
        origin_at=campaign.started_at,
        name=campaign.name,
        people=queries.people(campaign, now=now, zone=workspace.zone),
        message_class=campaign.message_class,
        connection=channels.active_connection("email"),
        sender=channels.get_sender(campaign.sender_id or 0),
        content_id=content.pk,
        reminders=campaign.reminders,
        track_opens=campaign.track_opens,
        track_clicks=campaign.track_clicks,
        rate_per_second=campaign.rate_per_second,
        actor=team_queries.members_by_id([campaign.member_id or 0]).get(campaign.member_id or 0),
        now=now,
        link_tags={f"utm_{key}": value for key, value in campaign.link_tags.items()},
    )


@transaction.atomic
def settle(*, launch_id: int, now: datetime) -> None:
    """Bring a campaign to where its launch stands. Twice is once."""
    campaign = Campaign.objects.select_for_update().filter(launch_id=launch_id).first()
    if campaign is None or campaign.state not in _FOLLOWED:
        return
    launch = delivery.get_launch(launch_id)
    state = _STATES[LaunchState(launch.state)]
    if campaign.state == state:
        return
    ended = launch.ended_at or now if state not in AT_WORK else None
    Campaign.objects.filter(pk=campaign.pk).update(
        state=state, ended_at=ended, trouble=launch.trouble, updated_at=now
    )
    campaign.refresh_from_db()
    announce(campaign)
    if state == CampaignState.FAILED:
        _tell_of_failure(campaign, now)


def _faults(faults: list[Check], workspace: Workspace) -> dict[str, Any]:
    """Keep what held it back, in the words of the workspace: nobody reads along in a job."""
    with translation.override(workspace.language):
        return {
            "code": "check_failed",
            "faults": [line.code for line in faults],
            "said": [line.said for line in faults],
        }


def _fail(campaign: Campaign, trouble: dict[str, Any], now: datetime) -> None:
    campaign.state, campaign.trouble, campaign.ended_at = CampaignState.FAILED, trouble, now
    campaign.updated_at = now
    campaign.save(update_fields=["state", "trouble", "ended_at", "updated_at"])
    announce(campaign)
    _tell_of_failure(campaign, now)


def _tell_of_failure(campaign: Campaign, now: datetime) -> None:
    log.warning("campaign %d failed: %s", campaign.pk, campaign.trouble.get("code", ""))
    team.log_action(None, "campaigns.failed", target=campaign, data={"name": campaign.name}, now=now)
    member = team_queries.members_by_id([campaign.member_id or 0]).get(campaign.member_id or 0)
    if member is not None and member.deactivated_at is None:
        path = address(f"/campaigns/{campaign.pk}/")
        team.notify(member, "campaigns.failed", path=path, data={"name": campaign.name}, now=now)
