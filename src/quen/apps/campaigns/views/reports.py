"""The report of a campaign: its numbers, and the contacts behind each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.audience import queries as audience
from quen.apps.audience.registry import label_in_sentence
from quen.apps.campaigns import access, queries, services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.rules import rates
from quen.apps.campaigns.types import ACTIVE_STATES, CAMPAIGN_FIELD, Audience, CampaignRight, CampaignState
from quen.apps.campaigns.views.charts import engagement_chart, opens_by_hour_chart
from quen.apps.campaigns.views.common import state_badge
from quen.apps.campaigns.views.funnel import LIST_OPERATORS, LIST_PARAM, beside_url, funnel_steps
from quen.apps.campaigns.views.headline import headline
from quen.apps.campaigns.views.tables import contact_sort, list_notes, message_table, people_beside
from quen.apps.channels import queries as channels
from quen.apps.channels.registry import MessageChannel
from quen.apps.channels.types import ChannelRight
from quen.apps.compliance.types import ExclusionReason
from quen.apps.contacts.types import ContactRight
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.delivery.types import DeliveryRight
from quen.apps.import_export.types import ImportExportRight
from quen.apps.segments.types import SegmentRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import paging
from quen.core.errors import DomainError
from quen.ui.pages import page, success, wants_part
from quen.ui.params import positive_int
from quen.ui.tags.filters import instant

if TYPE_CHECKING:
    from quen.apps.delivery.models import Dispatch
    from quen.apps.delivery.types import DispatchCounts

_REASON_PREFIX = "reason-"


@dataclass(frozen=True, slots=True)
class SkippedNumber:
    """How many recipients were left out for a reason."""

    label: str
    count: int
    href: str
    beside: str


@dataclass(frozen=True, slots=True)
class ListAction:
    """What can be done with the people of a list. in_dialog: it opens as a dialog."""

    label: str
    icon: str
    href: str
    main: bool = False
    in_dialog: bool = False


@allowed(CampaignRight.VIEW)
@require_GET
def report(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show the report, also while it updates during sending."""
    campaign = access.campaign(campaign_id)
    return report_page(request, campaign)


def report_page(request: WorkspaceRequest, campaign: Campaign) -> HttpResponse:
    """Show a campaign that is not a draft, or any campaign to members who may not edit.

    ``list`` names a number whose people are shown beside the report.
    """
    if campaign.dispatch_id is not None and campaign.state in ACTIVE_STATES:
        # The dispatch may have changed before the job that follows it ran: show the current state.
        services.sync_with_dispatch(dispatch_id=campaign.dispatch_id, now=request.now)
        campaign.refresh_from_db()
    metric = request.GET.get(LIST_PARAM, "")
    people: dict[str, Any] = {}
    if metric and campaign.dispatch_id is not None and request.member.can(ContactRight.VIEW):
        people = _people(request, campaign, metric, beside=True)
    if people and wants_part(request):
        return page(request, "campaigns/report_beside.html", {"people": people})
    context = _head(request, campaign) | {"people": people}
    if campaign.dispatch_id is not None:
        context |= _numbers(request, campaign)
    return page(request, "campaigns/report.html", context, part="live")


def _head(request: WorkspaceRequest, campaign: Campaign) -> dict[str, Any]:
    try:
        meant = queries.audience_of(campaign)
    except DomainError:
        meant = Audience()
    names = queries.AudienceNames([meant], now=request.now, zone=request.workspace.zone)
    member = request.member
    state = CampaignState(campaign.state)
    request.topics.append(f"campaign/{campaign.pk}")
    may_send, may_edit = member.can(DeliveryRight.SEND), member.can(CampaignRight.EDIT)
    return {
        "campaign": campaign,
        "channel": queries.channel_of(campaign),
        "shows_channel": len(queries.usable_channels()) > 1,
        "state_badge": state_badge(state),
        "audience_text": queries.describe_audience(meant, names, limit=6),
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
    recipients = max(counts.audience, dispatch.recipient_count)
    is_active = campaign.state in ACTIVE_STATES
    comparison = None if is_active else queries.compare_opens(campaign, counts, now=request.now)
    skipped = [
        SkippedNumber(
            _metric_label(key := f"{_REASON_PREFIX}{code}", channel),
            count,
            reverse("campaigns:report_contacts", args=[campaign.pk, key]),
            beside_url(campaign, key),
        )
        for code, count in counts.skipped_by_reason.items()
    ]
    return {
        "dispatch": dispatch,
        "counts": counts,
        "funnel_title": _("From sending to clicking") if channel.tracks_links else _("Results"),
        "base_note": _("All bars are parts of the %(messages)s sent.")
        % {"messages": channel.count_text(counts.sent)},
        "headline": headline(campaign, channel, counts, comparison=comparison, is_active=is_active),
        "note": delivery_services.sending_note(dispatch, now=request.now, counts=counts),
        "shows_timeline": campaign.track_opens or campaign.track_clicks,
        "steps": funnel_steps(
            campaign,
            channel,
            counts,
            recipients=recipients,
            sizes=queries.list_sizes(dispatch),
            label=lambda key: _metric_label(key, channel),
        ),
        "skipped": skipped,
        "skipped_total": counts.skipped,
        "progress": delivery.progress(dispatch, request.now, counts=counts),
        "links": delivery.link_stats(dispatch.pk) if campaign.track_clicks else [],
        "may_view_contacts": request.member.can(ContactRight.VIEW),
        "may_resolve_uncertain": request.member.can(DeliveryRight.SEND) and counts.uncertain,
    } | _sandbox(request, dispatch, channel, counts)


def _sandbox(
    request: WorkspaceRequest, dispatch: Dispatch, channel: MessageChannel, counts: DispatchCounts
) -> dict[str, Any]:
    """Return the link to the messages in the sandbox, nothing if they left the system or have been deleted."""
    if not queries.is_in_sandbox(dispatch) or not request.member.can(ChannelRight.VIEW_MESSAGES):
        return {}
    stored = counts.sent
    if dispatch.recipient_count <= queries.COUNTED_MESSAGES:
        stored = channels.count_sandboxed(delivery.message_ids(dispatch.pk))
    if not stored:
        return {}
    text = _("See %(messages)s in the sandbox inbox") % {"messages": channel.count_text(stored)}
    return {
        "sandbox_text": text,
        "sandbox_url": f"{reverse('channels:sandbox')}?{urlencode({'dispatch': dispatch.pk})}",
    }


@allowed(CampaignRight.VIEW)
@require_GET
def engagement_timeline(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show opens and clicks over time. Loaded after the page, because it reads every message."""
    campaign = access.dispatched(campaign_id)
    timeline = queries.engagement_timeline(campaign, zone=request.workspace.zone)
    context = {
        "campaign": campaign,
        "chart": engagement_chart(timeline, zone=request.workspace.zone) if timeline is not None else None,
        "hours_chart": opens_by_hour_chart(timeline) if timeline is not None else None,
    }
    return page(request, "campaigns/timeline.html", context, part="chart")


@allowed(ContactRight.VIEW)
@require_GET
def report_contacts(request: WorkspaceRequest, campaign_id: int, metric: str) -> HttpResponse:
    """List the contacts behind a number, page by page, with when they did it and what can be done with them."""
    campaign = access.dispatched(campaign_id)
    return page(request, "campaigns/report_contacts.html", _people(request, campaign, metric, beside=False))


def _people(request: WorkspaceRequest, campaign: Campaign, metric: str, *, beside: bool) -> dict[str, Any]:
    """Return the people behind a number: a page of them, or the first of them for the place beside the report.

    Raises NotFound for an unknown name.
    """
    dispatch = delivery.get_dispatch(campaign.dispatch_id or 0)
    key = f"reason:{metric.removeprefix(_REASON_PREFIX)}" if metric.startswith(_REASON_PREFIX) else metric
    found = delivery.messages_counted(dispatch.pk, key)
    messages = paging.paginate(
        found,
        sort=contact_sort(key, large=dispatch.recipient_count > queries.COUNTED_MESSAGES),
        after=None if beside else request.GET.get("after"),
        before=None if beside else request.GET.get("before"),
    )
    channel = queries.channel_of(campaign)
    label = _metric_label(metric, channel)
    show = people_beside if beside else message_table
    return {
        "campaign": campaign,
        "label": label,
        "note": list_notes().get(key, ""),
        "table": show(messages, channel=channel, metric=key, label=label),
        "total": _total(dispatch, key),
        "actions": _list_actions(request, campaign, key, label),
        "whole_list": reverse("campaigns:report_contacts", args=[campaign.pk, metric]),
        "report_url": reverse("campaigns:campaign", args=[campaign.pk]),
    }


def _list_actions(request: WorkspaceRequest, campaign: Campaign, key: str, label: str) -> list[ListAction]:
    """Return what can be done with the people of a list: the list's filter finds them in the list of customers."""
    operators = LIST_OPERATORS.get(key)
    if not operators:
        return []
    rules = audience.tree_to_query(
        audience.parse(
            {"any": [{"field": CAMPAIGN_FIELD, "op": op, "value": [campaign.pk]} for op in operators]}
        )
    )
    named = {"rules": rules, "name": f"{campaign.name}: {label_in_sentence(label)}"}
    offered = [
        (
            ContactRight.EDIT,
            ListAction(
                _("Add tags"),
                "tag",
                f"{reverse('contacts:bulk_tag')}?{urlencode({'all': '1', 'rules': rules})}",
                in_dialog=True,
            ),
        ),
        (
            ImportExportRight.EXPORT,
            ListAction(
                _("Export"),
                "download",
                f"{reverse('contacts:exports')}?{urlencode({'rules': rules})}",
                in_dialog=True,
            ),
        ),
        (
            CampaignRight.EDIT,
            ListAction(
                _("Send a campaign"),
                "megaphone",
                f"{reverse('campaigns:campaign_new')}?{urlencode({'rules': rules})}",
            ),
        ),
        (
            SegmentRight.EDIT,
            ListAction(
                _("Save as segment"),
                "users-round",
                f"{reverse('segments:segment_new')}?{urlencode(named)}",
                main=True,
            ),
        ),
    ]
    return [action for right, action in offered if request.member.can(right)]


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
        "arrived": _("Arrived"),
        "not_opened": _("Not opened yet"),
        "opened_by_bot_only": _("Opened by a bot only"),
        "not_clicked": _("Opened without clicking"),
        "delivered": str(channel.texts.delivered),
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


def _total(dispatch: Dispatch, key: str) -> int | None:
    counts = delivery.counts(dispatch.pk)
    if key.startswith("reason:"):
        return counts.skipped_by_reason.get(positive_int(key.removeprefix("reason:")) or 0, 0)
    if key == "arrived":
        return rates.arrived(counts)
    sizes = queries.list_sizes(dispatch) if hasattr(queries.ListSizes, key) else None
    return getattr(sizes or counts, key, None)
