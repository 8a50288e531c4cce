"""The report of a campaign: its numbers, and the contacts behind each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.campaigns import access, queries, services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.rules import rates
from quen.apps.campaigns.types import ACTIVE_STATES, Audience, CampaignRight, CampaignState
from quen.apps.campaigns.views.charts import engagement_chart
from quen.apps.campaigns.views.common import state_badge
from quen.apps.campaigns.views.tables import message_table
from quen.apps.channels.registry import MessageChannel
from quen.apps.compliance.types import ExclusionReason
from quen.apps.contacts.types import ContactRight
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.delivery.types import DeliveryRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import paging
from quen.core.errors import DomainError
from quen.core.paging import Sort
from quen.ui.pages import page, success
from quen.ui.params import positive_int
from quen.ui.tags.filters import instant

_REASON_PREFIX = "reason-"
#: shown below the steps even if they are 0
_SHOWN_WITHOUT_COUNT = ("bounced", "unsubscribed")


@dataclass(frozen=True, slots=True)
class ReportNumber:
    """A number of the report. percent: its share of the number it is measured against.

    bar_percent: the length of its bar; all bars of the report are measured against the same number.
    """

    key: str
    label: str
    count: int
    percent: float | None
    hint: str = ""
    href: str = ""
    bar_percent: float = 0

    @property
    def bar_height(self) -> int:
        """Return the height of its bar, of 64."""
        return round(min(100.0, self.bar_percent) * 0.64)

    @property
    def bar_offset(self) -> int:
        """Return the space above its bar, of 64."""
        return 64 - self.bar_height


@allowed(CampaignRight.VIEW)
@require_GET
def report(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show the report, also while it updates during sending."""
    campaign = access.campaign(campaign_id)
    return report_page(request, campaign)


def report_page(request: WorkspaceRequest, campaign: Campaign) -> HttpResponse:
    """Show a campaign that is not a draft, or any campaign to members who may not edit."""
    if campaign.dispatch_id is not None and campaign.state in ACTIVE_STATES:
        # The dispatch may have changed before the job that follows it ran: show the current state.
        services.sync_with_dispatch(dispatch_id=campaign.dispatch_id, now=request.now)
        campaign.refresh_from_db()
    context = _head(request, campaign)
    if campaign.dispatch_id is not None:
        context |= _numbers(request, campaign)
    return page(request, "campaigns/report.html", context, part="live")


def _head(request: WorkspaceRequest, campaign: Campaign) -> dict[str, Any]:
    try:
        audience = queries.audience_of(campaign)
    except DomainError:
        audience = Audience()
    names = queries.AudienceNames([audience], now=request.now, zone=request.workspace.zone)
    member = request.member
    state = CampaignState(campaign.state)
    request.topics.append(f"campaign/{campaign.pk}")
    may_send, may_edit = member.can(DeliveryRight.SEND), member.can(CampaignRight.EDIT)
    return {
        "campaign": campaign,
        "channel": queries.channel_of(campaign),
        "shows_channel": len(queries.usable_channels()) > 1,
        "state_badge": state_badge(state),
        "audience_text": queries.describe_audience(audience, names, limit=6),
        "estimate": queries.last_estimate(campaign),
        "failure": queries.failure_text(campaign),
        "time_text": _time_text(campaign),
        "cancel_question": _("Cancel this campaign? Messages already sent can't be recalled.")
        if campaign.dispatch_id
        else _("Cancel this campaign? Nothing has been sent yet."),
        "is_active": state in ACTIVE_STATES,
        "now": request.now,
        "may_pause": may_send and state == CampaignState.IN_PROGRESS and campaign.dispatch_id is not None,
        "may_resume": may_send and state == CampaignState.PAUSED,
        "may_cancel": may_send and state in (CampaignState.SCHEDULED, *ACTIVE_STATES, CampaignState.FAILED),
        "may_unschedule": may_edit and state == CampaignState.SCHEDULED,
        "may_retry": may_send and state == CampaignState.FAILED,
        "may_duplicate": may_edit,
        "may_resend": may_edit
        and state == CampaignState.SENT
        and campaign.dispatch_id is not None
        and campaign.track_opens,
        "may_delete": may_edit and state in (CampaignState.DRAFT, CampaignState.CANCELLED),
        "may_archive": may_edit
        and state in (CampaignState.SENT, CampaignState.CANCELLED, CampaignState.FAILED),
    }


def _time_text(campaign: Campaign) -> str:
    """Return when the campaign was or will be sent, or was cancelled."""
    if campaign.state == CampaignState.SCHEDULED:
        return _("Scheduled for %(at)s") % {"at": instant(campaign.send_at)}
    if campaign.state == CampaignState.CANCELLED and campaign.ended_at and campaign.dispatch_id is None:
        return _("Cancelled on %(at)s, nothing was sent") % {"at": instant(campaign.ended_at)}
    if campaign.started_at:
        return _("Sent on %(at)s") % {"at": instant(campaign.started_at)}
    return ""


def _numbers(request: WorkspaceRequest, campaign: Campaign) -> dict[str, Any]:
    assert campaign.dispatch_id is not None  # for the type checker: asked before
    dispatch = delivery.get_dispatch(campaign.dispatch_id)
    counts = delivery.counts(dispatch.pk)
    channel = queries.channel_of(campaign)
    reached = rates.arrived(counts)
    audience = max(counts.audience, dispatch.recipient_count)
    tracking_note = "" if campaign.track_opens else _("not tracked")

    def number(key: str, count: int, total: int, hint: str = "") -> ReportNumber:
        percent = rates.percent(count, total)
        href = reverse("campaigns:report_contacts", args=[campaign.pk, key]) if count else ""
        bar_percent = rates.percent(count, audience) or 0
        label = _metric_label(key, channel)
        return ReportNumber(key, label, count, percent, hint, href, bar_percent)

    step_keys = _step_keys(channel)
    numbers = [
        number("audience", audience, audience),
        number("sent", counts.sent, audience),
        number("opened", counts.opened, reached, tracking_note),
        number("clicked", counts.clicked, reached),
        number("delivered", counts.delivered, counts.sent),
        number("bounced", counts.bounced, counts.sent),
        number("unsubscribed", counts.unsubscribed, reached),
        number("complained", counts.complained, reached),
        number("opened_by_bot", counts.opened_by_bot, reached),
        number("refused", counts.refused, audience),
        number("failed", counts.failed, audience),
        number("uncertain", counts.uncertain, audience),
        number("cancelled", counts.cancelled, audience),
        number("deferred", counts.deferred, audience),
        number("queued", counts.queued, audience),
    ]
    others = [each for each in numbers if each.key not in step_keys]
    skipped = [
        number(f"{_REASON_PREFIX}{code}", count, audience) for code, count in counts.skipped_by_reason.items()
    ]
    return {
        "dispatch": dispatch,
        "counts": counts,
        "note": delivery_services.sending_note(dispatch, now=request.now, counts=counts),
        "shows_timeline": campaign.track_opens or campaign.track_clicks,
        "steps": [each for each in numbers if each.key in step_keys],
        "others": [each for each in others if each.count or each.key in _SHOWN_WITHOUT_COUNT],
        "skipped": skipped,
        "skipped_total": counts.skipped,
        "progress": delivery.progress(dispatch, request.now, counts=counts),
        "links": delivery.link_stats(dispatch.pk) if campaign.track_clicks else [],
        "may_view_contacts": request.member.can(ContactRight.VIEW),
        "may_resolve_uncertain": request.member.can(DeliveryRight.SEND) and counts.uncertain,
    }


def _step_keys(channel: MessageChannel) -> tuple[str, ...]:
    """Return the steps of a message, as far as the channel can tell."""
    tracked = [
        *(["opened"] if channel.tracks_opens else []),
        *(["clicked"] if channel.tracks_links else []),
    ]
    return ("audience", "sent", *(tracked or ["delivered"]))


@allowed(CampaignRight.VIEW)
@require_GET
def engagement_timeline(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show opens and clicks over time. Loaded after the page, because it reads every message."""
    campaign = access.dispatched(campaign_id)
    timeline = queries.engagement_timeline(campaign, zone=request.workspace.zone)
    chart = engagement_chart(timeline, zone=request.workspace.zone) if timeline is not None else None
    return page(request, "campaigns/timeline.html", {"campaign": campaign, "chart": chart}, part="chart")


@allowed(ContactRight.VIEW)
@require_GET
def report_contacts(request: WorkspaceRequest, campaign_id: int, metric: str) -> HttpResponse:
    """List the contacts behind a number, page by page."""
    campaign = access.dispatched(campaign_id)
    key = f"reason:{metric.removeprefix(_REASON_PREFIX)}" if metric.startswith(_REASON_PREFIX) else metric
    messages = paging.paginate(
        delivery.messages_counted(campaign.dispatch_id or 0, key),
        sort=Sort("id", paging.BY_KEY),
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    label = _metric_label(metric, queries.channel_of(campaign))
    context = {
        "campaign": campaign,
        "label": label,
        "table": message_table(messages, campaign=campaign, metric=key, label=label),
        "total": _total(campaign, key),
    }
    return page(request, "campaigns/report_contacts.html", context)


@allowed(DeliveryRight.SEND)
@require_POST
def resolve_uncertain(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Record that all messages with an unknown outcome arrived, or send them again."""
    campaign = access.dispatched(campaign_id)
    sent = request.POST.get("sent") == "1"
    dispatch = delivery.get_dispatch(campaign.dispatch_id or 0)
    delivery_services.resolve_all_uncertain(dispatch, sent=sent, actor=request.actor, now=request.now)
    message = _("Marked as sent.") if sent else _("Sending again.")
    return success(request, message=message, to=reverse("campaigns:campaign", args=[campaign.pk]))


def _metric_label(metric: str, channel: MessageChannel) -> str:
    """Return the label of a number, as the URL names it."""
    if metric.startswith(_REASON_PREFIX):
        code = positive_int(metric.removeprefix(_REASON_PREFIX))
        return str(ExclusionReason(code).label) if code in ExclusionReason.values else _("Left out")
    labels = {
        "audience": _("Recipients"),
        "sent": _("Sent"),
        "opened": _("Opened"),
        "clicked": _("Clicked"),
        "delivered": _("Delivered"),
        "bounced": _("Bounced"),
        "unsubscribed": _("Unsubscribed"),
        "complained": _("Complained"),
        "opened_by_bot": _("Opened by a bot"),
        "refused": str(channel.texts.refused),
        "failed": _("Failed"),
        "uncertain": _("Uncertain"),
        "cancelled": _("Cancelled"),
        "deferred": _("Trying again"),
        "queued": _("Waiting"),
        "skipped": _("Left out"),
    }
    return labels.get(metric, metric)


def _total(campaign: Campaign, key: str) -> int | None:
    counts = delivery.counts(campaign.dispatch_id or 0)
    if key.startswith("reason:"):
        return counts.skipped_by_reason.get(positive_int(key.removeprefix("reason:")) or 0, 0)
    if key == "skipped":
        return counts.skipped
    return getattr(counts, key, None)
