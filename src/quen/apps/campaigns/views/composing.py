"""The composer: one page, each card saves itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from quen.apps.campaigns import access, queries, services
from quen.apps.campaigns.forms import DeliveryForm, NameForm, TimeForm
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.rules import times
from quen.apps.campaigns.rules.names import words_in
from quen.apps.campaigns.types import NAME_WORDS, CampaignState, Check, Weight
from quen.apps.campaigns.views.audience import who
from quen.apps.campaigns.views.common import sign
from quen.apps.campaigns.views.reporting import report_page
from quen.apps.channels import queries as channels
from quen.apps.content import queries as contents
from quen.apps.team.access import WorkspaceRequest, address, allowed
from quen.apps.team.types import Right
from quen.core import jobs
from quen.ui.nav import address_of
from quen.ui.pages import done, page, refusals_on, wants_part
from quen.ui.tags.filters import num

CHANGED = "campaign:changed"
PARTS = ("who", "what", "when")


@allowed(Right.VIEW_CAMPAIGNS)
@require_GET
def campaign(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show a draft in the composer, everything else as it went."""
    found = access.campaign(campaign_id)
    if found.state != CampaignState.DRAFT or not request.member.can(Right.EDIT_CAMPAIGNS):
        return report_page(request, found)
    request.topics.append(f"campaign/{found.pk}")
    return page(request, "campaigns/composer.html", composer(request, found))


def composer(request: WorkspaceRequest, found: Campaign, **changes: Any) -> dict[str, Any]:
    """Give what the whole page shows; ``changes``: bound forms in the place of fresh ones."""
    context: dict[str, Any] = {
        "campaign": found,
        "sign": sign(found.state),
        "name_form": NameForm(None, initial={"name": found.name}),
        "name_words": words_in(found.name),
        "name_most": NAME_WORDS,
        "delivery_form": _delivery_form(None, found),
        "time_form": _time_form(request, None, found),
        "zone_words": times.zone_words(request.workspace.zone, now=request.now),
        "senders_at": address_of("channels:channels") or address("/channels/"),
        "now": request.now,
        "may_send": request.member.can(Right.SEND_CAMPAIGNS),
        "content_editor": reverse("content:content", args=[found.content_id]),
        "content_preview": reverse("content:preview", args=[found.content_id]),
    }
    return context | who(request, found) | checked(request, found) | changes


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def name(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Rename a draft."""
    found = access.draft(campaign_id)
    form = NameForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            services.rename(campaign=found, name=form.cleaned_data["name"], now=request.now)
            return done(request, event=CHANGED)
    return _again(request, found, "campaigns/composer.html", "name", name_form=form)


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def delivery(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Keep sender, class, tracking, reminder and speed."""
    found = access.draft(campaign_id)
    before = found.message_class
    form = _delivery_form(request.POST, found)
    if form.is_valid():
        with refusals_on(form):
            services.save_delivery(campaign=found, now=request.now, **form.settings())
            other = form.cleaned_data["message_class"] != before
            return done(request, event="campaign:class" if other else CHANGED)
    return _again(request, found, "campaigns/delivery.html", "delivery", delivery_form=form)


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def send_time(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Keep when it goes out."""
    found = access.draft(campaign_id)
    form = _time_form(request, request.POST, found)
    if form.is_valid():
        with refusals_on(form):
            services.save_send_time(
                campaign=found,
                day=form.cleaned_data["day"],
                clock=form.cleaned_data["clock"],
                zone=request.workspace.zone,
                now=request.now,
            )
            return done(request, event=CHANGED)
    return _again(request, found, "campaigns/when.html", "time", time_form=form)


def _again(request: WorkspaceRequest, found: Campaign, template: str, part: str, **form: Any) -> HttpResponse:
    """Show what could not be saved: the part where htmx asks for it, else the whole page."""
    found.refresh_from_db()
    shown = template if wants_part(request) else "campaigns/composer.html"
    return page(request, shown, composer(request, found, **form), part=part)


@allowed(Right.EDIT_CAMPAIGNS)
@require_GET
def checks(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show the check list, and with it what the heads of the cards and the bar say."""
    found = access.campaign(campaign_id)
    if (
        found.state != CampaignState.DRAFT
    ):  # sent meanwhile, here or by a colleague: the page is another one now
        return done(request, to=reverse("campaigns:campaign", args=[found.pk]))
    return page(request, "campaigns/checks.html", composer_state(request, found), part="checks")


def composer_state(request: WorkspaceRequest, found: Campaign) -> dict[str, Any]:
    """Give what the check list's part shows."""
    return {
        "campaign": found,
        "now": request.now,
        "may_send": request.member.can(Right.SEND_CAMPAIGNS),
        "oob": True,
    } | checked(request, found)


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def links(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Follow the links, in the background; the page hears when it is done."""
    found = access.draft(campaign_id)
    if services.ask_for_links(campaign=found, now=request.now):
        jobs.enqueue("campaigns.check_links", campaign_id=found.pk)
    return done(request, event=CHANGED)


def checked(request: WorkspaceRequest, found: Campaign) -> dict[str, Any]:
    """Give the check list and what follows from it for each card and the bar."""
    look = queries.counted(found)
    lines = queries.checklist(found, workspace=request.workspace, now=request.now, look=look)
    blocking = [line for line in lines if line.weight is Weight.BLOCKS]
    warning = [line for line in lines if line.weight is Weight.WARNS]
    settled = {part: not any(line.part == part for line in blocking) for part in PARTS}
    return {
        "lines": [(line, *_mend(request, found, line)) for line in lines],
        "blocking": len(blocking),
        "warning": len(warning),
        "settled": settled,
        "checked_ok": not blocking,
        "notes": _notes(found, look),
        "look": look,
        "scheduled": found.send_at is not None,
        "languages": _languages(found),
    }


def _notes(found: Campaign, look: Any) -> dict[str, str]:
    notes = {"who": "", "when": _("As soon as you press send")}
    if look is not None:
        notes["who"] = ngettext(
            "%(people)s person will receive it", "%(people)s people will receive it", look.eligible
        ) % {"people": num(look.eligible)}
    if found.send_at is not None:
        local = timezone.localtime(found.send_at)
        notes["when"] = f"{_DAYS[local.weekday()]} {local:%d/%m/%Y, %H:%M}"
    return notes


def _languages(found: Campaign) -> str:
    names = {"vi": _("Vietnamese"), "en": _("English")}
    versions = contents.versions(contents.get_content(found.content_id)).values()
    written = [each.language for each in versions if each.subject or each.body]
    return ", ".join(names.get(language, language) for language in written)


def _mend(request: WorkspaceRequest, found: Campaign, line: Check) -> tuple[str, str]:
    """Give where a line is mended and what the link says; a place one may not enter is not offered."""
    here = {"who": "#who", "what": "#what", "when": "#when", "class": "#settings", "sender": "#settings"}
    if line.mend in here:
        return here[line.mend], _("Mend")
    if line.mend == "links":
        return "links", _("Follow them now")
    sending = request.member.can(Right.CONFIGURE_SENDING)
    places = {
        "terms": (_sending("compliance:terms"), _("Read it")),
        "reminder": (_sending("compliance:rules"), _("Write it")),
        "channels": (_sending("channels:channels") or address("/channels/"), _("Set up")),
    }
    if line.mend in places and sending:
        return places[line.mend]
    if line.mend == "sender_block" and request.member.can(Right.CONFIGURE_WORKSPACE):
        return address_of("team:settings"), _("Fill in")
    return "", ""


def _sending(name: str) -> str:
    return address_of(name) or address("/sending/")


def _delivery_form(data: Any, found: Campaign) -> DeliveryForm:
    return DeliveryForm(data, campaign=found, senders=list(channels.senders("email")))


def _time_form(request: WorkspaceRequest, data: Any, found: Campaign) -> TimeForm:
    return TimeForm(data, send_at=found.send_at, zone=request.workspace.zone, now=request.now)


class _Days:
    """Days of the week in the reader's language."""

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
