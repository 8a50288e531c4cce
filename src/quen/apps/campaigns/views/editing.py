"""The composer: one page on which each card saves itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from quen.apps.campaigns import access, queries, services
from quen.apps.campaigns.forms import CampaignDeliveryForm, CampaignNameForm, SendTimeForm
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.rules import times
from quen.apps.campaigns.rules.names import word_count
from quen.apps.campaigns.types import MAX_NAME_WORDS, CampaignRight, CampaignState
from quen.apps.campaigns.views.audience import audience_card
from quen.apps.campaigns.views.common import state_badge
from quen.apps.campaigns.views.fixes import checklist_rows
from quen.apps.campaigns.views.reports import report_page
from quen.apps.channels import queries as channels
from quen.apps.channels.types import CheckSeverity
from quen.apps.compliance import queries as compliance
from quen.apps.content import queries as contents
from quen.apps.delivery.types import DeliveryRight
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core import jobs
from quen.ui.nav import url_for
from quen.ui.pages import page, refusals_on, success, wants_part
from quen.ui.tags.filters import num

CHANGED = "campaign:changed"
CARDS = ("audience", "content", "schedule")
#: what reloads the check list, as htmx triggers
_RELOADS_CHECKLIST = (
    "campaign:changed from:body delay:200ms",
    "campaign:audience from:body delay:200ms",
    "campaign:class from:body delay:200ms",
    "campaign:estimated from:body",
    "htmx:after:swap from:#content-text delay:300ms",
)


@allowed(CampaignRight.VIEW)
@require_GET
def campaign_detail(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show a draft in the composer, and any other campaign as its report."""
    campaign = access.campaign(campaign_id)
    if campaign.state != CampaignState.DRAFT or not request.member.can(CampaignRight.EDIT):
        return report_page(request, campaign)
    request.topics.append(f"campaign/{campaign.pk}")
    return page(request, "campaigns/composer.html", composer_context(request, campaign))


def composer_context(request: WorkspaceRequest, campaign: Campaign, **changes: Any) -> dict[str, Any]:
    """Return the context of the whole page. changes: bound forms that replace the fresh ones."""
    context: dict[str, Any] = {
        "campaign": campaign,
        "channel": queries.channel_of(campaign),
        "state_badge": state_badge(campaign.state),
        "name_form": CampaignNameForm(None, initial={"name": campaign.name}),
        "name_length_text": _("%(count)s of at most %(limit)s words")
        % {"count": word_count(campaign.name), "limit": MAX_NAME_WORDS},
        "delivery_form": _delivery_form(None, campaign),
        "send_time_form": _send_time_form(request, None, campaign),
        "zone_label": times.zone_label(request.workspace.zone, now=request.now),
        "senders_url": url_for("channels:channels") or workspace_path("/channels/"),
        "now": request.now,
        "may_send": request.member.can(DeliveryRight.SEND),
        "content_editor": reverse("content:content", args=[campaign.content_id]),
        "content_preview": reverse("content:preview", args=[campaign.content_id]),
    }
    return context | audience_card(request, campaign) | checklist_context(request, campaign) | changes


@allowed(CampaignRight.EDIT)
@require_POST
def name(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Rename a draft."""
    campaign = access.draft(campaign_id)
    form = CampaignNameForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            services.rename(campaign=campaign, name=form.cleaned_data["name"], now=request.now)
            return success(request, event=CHANGED)
    return _invalid(request, campaign, "campaigns/composer.html", "name", name_form=form)


@allowed(CampaignRight.EDIT)
@require_POST
def delivery(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Save sender, message class, tracking, permission reminders and rate."""
    campaign = access.draft(campaign_id)
    before = (campaign.message_class, campaign.topic_id)
    form = _delivery_form(request.POST, campaign)
    if form.is_valid():
        with refusals_on(form):
            services.save_delivery(campaign=campaign, now=request.now, **form.settings())
            campaign.refresh_from_db()
            other_people = (campaign.message_class, campaign.topic_id) != before
            return success(request, event="campaign:class" if other_people else CHANGED)
    return _invalid(request, campaign, "campaigns/delivery.html", "delivery", delivery_form=form)


@allowed(CampaignRight.EDIT)
@require_POST
def send_time(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Save the send time."""
    campaign = access.draft(campaign_id)
    form = _send_time_form(request, request.POST, campaign)
    if form.is_valid():
        with refusals_on(form):
            services.save_send_time(
                campaign=campaign,
                day=form.cleaned_data["day"],
                clock=form.cleaned_data["clock"],
                zone=request.workspace.zone,
                now=request.now,
            )
            return success(request, event=CHANGED)
    return _invalid(request, campaign, "campaigns/schedule.html", "send_time", send_time_form=form)


def _invalid(
    request: WorkspaceRequest, campaign: Campaign, template: str, part: str, **form: Any
) -> HttpResponse:
    """Show the form that could not be saved: only its part for htmx, otherwise the whole page."""
    campaign.refresh_from_db()
    shown = template if wants_part(request) else "campaigns/composer.html"
    return page(request, shown, composer_context(request, campaign, **form), part=part)


@allowed(CampaignRight.EDIT)
@require_GET
def checklist(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show the check list, together with the card heads and the footer that depend on it."""
    campaign = access.campaign(campaign_id)
    if campaign.state != CampaignState.DRAFT:  # sent in another tab or by a colleague: reload as the report
        return success(request, to=reverse("campaigns:campaign", args=[campaign.pk]))
    return page(
        request, "campaigns/checklist.html", checklist_part_context(request, campaign), part="checklist"
    )


def checklist_part_context(request: WorkspaceRequest, campaign: Campaign) -> dict[str, Any]:
    """Return the context of the check list when htmx loads it alone."""
    return {
        "campaign": campaign,
        "now": request.now,
        "may_send": request.member.can(DeliveryRight.SEND),
        "oob": True,
    } | checklist_context(request, campaign)


@allowed(CampaignRight.EDIT)
@require_POST
def link_check(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Enqueue a link check; the page updates when it is done."""
    campaign = access.draft(campaign_id)
    if services.request_link_check(campaign=campaign, now=request.now):
        jobs.enqueue("campaigns.check_links", campaign_id=campaign.pk)
    return success(request, event=CHANGED)


def checklist_context(request: WorkspaceRequest, campaign: Campaign) -> dict[str, Any]:
    """Return the check list and what the card heads and the footer derive from it."""
    estimate = queries.last_estimate(campaign)
    lines = queries.checklist(campaign, workspace=request.workspace, now=request.now, estimate=estimate)
    errors = [line for line in lines if line.severity is CheckSeverity.ERROR]
    warnings = [line for line in lines if line.severity is CheckSeverity.WARNING]
    done = {card: not any(line.card == card for line in errors) for card in CARDS}
    return {
        "rows": checklist_rows(request, campaign, lines),
        "checklist_triggers": ", ".join((*_RELOADS_CHECKLIST, f"live:campaign-{campaign.pk} from:body")),
        "error_count": len(errors),
        "warning_count": len(warnings),
        "done": done,
        "ready": not errors,
        "notes": _notes(campaign, estimate),
        "estimate": estimate,
        "scheduled": campaign.send_at is not None,
        "languages": _languages(campaign),
        "saved_at": _saved_at(campaign),
    }


def _notes(campaign: Campaign, estimate: Any) -> dict[str, str]:
    notes = {"audience": "", "schedule": _("As soon as you press Send")}
    if estimate is not None:
        notes["audience"] = ngettext("%(people)s recipient", "%(people)s recipients", estimate.eligible) % {
            "people": num(estimate.eligible)
        }
    if campaign.send_at is not None:
        local = timezone.localtime(campaign.send_at)
        notes["schedule"] = (
            f"{_DAYS[local.weekday()]} {date_format(local, 'SHORT_DATE_FORMAT')}, {local:%H:%M}"
        )
    return notes


def _saved_at(campaign: Campaign) -> datetime:
    """Return when the draft was last saved: its settings, or its text in any language."""
    versions = contents.versions(contents.get_content(campaign.content_id)).values()
    return max([campaign.updated_at, *(each.updated_at for each in versions)])


def _languages(campaign: Campaign) -> str:
    names = {"vi": _("Vietnamese"), "en": _("English")}
    versions = contents.versions(contents.get_content(campaign.content_id)).values()
    written = [each.language for each in versions if each.subject or each.body]
    return ", ".join(names.get(language, language) for language in written)


def _delivery_form(data: Any, campaign: Campaign) -> CampaignDeliveryForm:
    return CampaignDeliveryForm(
        data,
        campaign=campaign,
        channel=queries.channel_of(campaign),
        senders=list(channels.senders(campaign.channel)),
        topics=compliance.topics_on(campaign.channel),
    )


def _send_time_form(request: WorkspaceRequest, data: Any, campaign: Campaign) -> SendTimeForm:
    return SendTimeForm(data, send_at=campaign.send_at, zone=request.workspace.zone, now=request.now)


class _Days:
    """Names of the days in the active language."""

    def __getitem__(self, number: int) -> str:
        return (
            _("Monday"),
            _("Tuesday"),
            _("Wednesday"),
            _("Thursday"),
            _("Friday"),
            _("Saturday"),
            _("Sunday"),
        )[number]


_DAYS = _Days()
