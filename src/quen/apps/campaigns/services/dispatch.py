"""Start due campaigns exactly once, and keep their state in step with the dispatch.

``started_at`` is committed in a transaction of its own before anything else happens. Creating the dispatch and
storing its id is one transaction under the campaign's row lock. However often the job runs, after a crash or
concurrently, a campaign gets one dispatch.
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
from quen.apps.campaigns.services.transitions import announce, transition
from quen.apps.campaigns.types import ACTIVE_STATES, CampaignState, InvalidState
from quen.apps.channels import queries as channels
from quen.apps.channels.types import ChecklistLine, CheckSeverity
from quen.apps.content import queries as contents
from quen.apps.content import services as content_services
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.delivery.types import DispatchSource, DispatchState
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.access import workspace_path
from quen.core import jobs
from quen.core.actors import SYSTEM
from quen.core.errors import DomainError
from quen.core.job_outcomes import UNEXPECTED

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.delivery.models import Dispatch

log = logging.getLogger(__name__)
_STATE_OF_DISPATCH = {
    DispatchState.FANNING_OUT: CampaignState.IN_PROGRESS,
    DispatchState.SENDING: CampaignState.IN_PROGRESS,
    DispatchState.PAUSED: CampaignState.PAUSED,
    DispatchState.CANCELLED: CampaignState.CANCELLED,
    DispatchState.FINISHED: CampaignState.SENT,
    DispatchState.FAILED: CampaignState.FAILED,
}
#: a finished dispatch continues when a user resends messages with an unknown outcome
_SYNCED_STATES = (*ACTIVE_STATES, CampaignState.SENT, CampaignState.FAILED)


def sweep(*, now: datetime) -> None:
    """Start due campaigns, re-enqueue lost starts, and catch up with dispatches whose signal was missed."""
    for campaign in queries.due(now):
        try:
            _start_due(campaign, now)
        except InvalidState:
            continue  # started, changed or cancelled concurrently
    for campaign in queries.started_without_dispatch():
        jobs.enqueue_unique("campaigns.start", campaign_id=campaign.pk)
    for campaign in queries.with_active_dispatch():
        sync_with_dispatch(dispatch_id=campaign.dispatch_id or 0, now=now)


@transaction.atomic
def _start_due(campaign: Campaign, now: datetime) -> None:
    due_at = campaign.send_at or now
    if times.too_late(due_at, now):
        transition(
            campaign,
            from_states=(CampaignState.SCHEDULED,),
            to=CampaignState.FAILED,
            now=now,
            ended_at=now,
            failure={"code": "too_late", "at": due_at.isoformat()},
        )
        _notify_failure(campaign, now)
        return
    transition(
        campaign,
        from_states=(CampaignState.SCHEDULED,),
        to=CampaignState.IN_PROGRESS,
        now=now,
        started_at=now,
        failure={},
    )


@transaction.atomic
def start(*, campaign_id: int, now: datetime) -> None:
    """Create the dispatch of a started campaign. Does nothing if it has one already, or was stopped.

    The check list is evaluated again; an error makes the campaign failed and notifies its author.
    """
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None or campaign.state != CampaignState.IN_PROGRESS or campaign.dispatch_id is not None:
        return
    if campaign.started_at is None:
        return
    workspace = accounts.current_workspace()
    try:
        estimate = queries.estimate(campaign, workspace=workspace, now=now)
        lines = queries.checklist(campaign, workspace=workspace, now=now, estimate=estimate)
        errors = [line for line in lines if line.severity is CheckSeverity.ERROR]
        if errors:
            _fail(campaign, _failure_of(errors, workspace), now)
            return
        with transaction.atomic():
            dispatch = _create_dispatch(campaign, workspace, now)
    except DomainError as refusal:
        _fail(campaign, {"code": refusal.code, "text": str(refusal)}, now)
        return
    campaign.dispatch_id = dispatch.pk
    campaign.estimate = {
        "matched": dispatch.recipient_count,
        "eligible": estimate.eligible if estimate else dispatch.recipient_count,
        "skipped_by_reason": {
            str(code): count for code, count in (estimate.skipped_by_reason if estimate else {}).items()
        },
        "at": now.isoformat(),
    }
    campaign.save(update_fields=["dispatch_id", "estimate"])
    announce(campaign)


@transaction.atomic
def record_failed_start(*, campaign_id: int, reference: str, now: datetime) -> None:
    """Make a campaign failed whose start ended with an unexpected error; it can be retried.

    reference: the number in the log.
    """
    campaign = (
        Campaign.objects.select_for_update()
        .filter(pk=campaign_id, state=CampaignState.IN_PROGRESS, dispatch_id=None)
        .first()
    )
    if campaign is not None:
        _fail(campaign, {"code": UNEXPECTED, "reference": reference}, now)


def _create_dispatch(campaign: Campaign, workspace: Workspace, now: datetime) -> Dispatch:
    """Freeze a copy of the content and pass the audience to delivery."""
    content = content_services.copy_content(content=contents.get_content(campaign.content_id), now=now)
    content_services.freeze(content, now=now)
    assert campaign.started_at is not None  # for the type checker: asked before
    return delivery_services.create_dispatch(
        source=DispatchSource.CAMPAIGN,
        source_id=campaign.pk,
        scheduled_for=campaign.started_at,
        name=campaign.name,
        contacts=queries.contacts_of(campaign, now=now, zone=workspace.zone),
        message_class=campaign.message_class,
        connection=channels.active_connection(campaign.channel),
        sender=channels.get_sender(campaign.sender_id or 0),
        content_id=content.pk,
        permission_reminders=campaign.permission_reminders,
        track_opens=campaign.track_opens,
        track_clicks=campaign.track_clicks,
        rate_per_second=campaign.rate_per_second,
        actor=team_queries.actor_of(campaign.member_id),
        now=now,
        topic_id=campaign.topic_id,
        link_tags={f"utm_{key}": value for key, value in campaign.link_tags.items()},
    )


@transaction.atomic
def sync_with_dispatch(*, dispatch_id: int, now: datetime) -> None:
    """Set the campaign's state from its dispatch. Idempotent."""
    campaign = Campaign.objects.select_for_update().filter(dispatch_id=dispatch_id).first()
    if campaign is None or campaign.state not in _SYNCED_STATES:
        return
    dispatch = delivery.get_dispatch(dispatch_id)
    state = _STATE_OF_DISPATCH[DispatchState(dispatch.state)]
    if campaign.state == state:
        return
    ended = dispatch.ended_at or now if state not in ACTIVE_STATES else None
    Campaign.objects.filter(pk=campaign.pk).update(
        state=state, ended_at=ended, failure=dispatch.error, updated_at=now
    )
    campaign.refresh_from_db()
    announce(campaign)
    if state == CampaignState.FAILED:
        _notify_failure(campaign, now)


def _failure_of(errors: list[ChecklistLine], workspace: Workspace) -> dict[str, Any]:
    """Return the failure to store, in the workspace's language, because a job has no reader of its own."""
    with translation.override(workspace.language):
        return {
            "code": "check_failed",
            "errors": [line.key for line in errors],
            "messages": [line.message for line in errors],
        }


def _fail(campaign: Campaign, failure: dict[str, Any], now: datetime) -> None:
    campaign.state, campaign.failure, campaign.ended_at = CampaignState.FAILED, failure, now
    campaign.updated_at = now
    campaign.save(update_fields=["state", "failure", "ended_at", "updated_at"])
    announce(campaign)
    _notify_failure(campaign, now)


def _notify_failure(campaign: Campaign, now: datetime) -> None:
    log.warning("campaign %d failed: %s", campaign.pk, campaign.failure.get("code", ""))
    team.audit(SYSTEM, "campaigns.failed", target=campaign, data={"name": campaign.name}, now=now)
    member = team_queries.members_by_id([campaign.member_id or 0]).get(campaign.member_id or 0)
    if member is not None and member.deactivated_at is None:
        path = workspace_path(f"/campaigns/{campaign.pk}/")
        team.notify(member, "campaigns.failed", path=path, data={"name": campaign.name}, now=now)
