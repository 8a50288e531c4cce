"""Preview a campaign's message as one contact sees it, after sending with its clicks, and send a test."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext, npgettext, pgettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.audience import queries as conditions
from quen.apps.campaigns import access, queries, services
from quen.apps.campaigns.forms import CampaignTestForm
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.rules import click_marks
from quen.apps.campaigns.types import CampaignRight
from quen.apps.channels import queries as channels
from quen.apps.channels.registry import MessageChannel
from quen.apps.channels.types import ContentPart
from quen.apps.contacts.types import ContactRight
from quen.apps.content import queries as contents
from quen.apps.delivery import queries as delivery
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import mail_theme
from quen.core.errors import DomainError, NotFound
from quen.ui.mail_frame import mail_frame
from quen.ui.pages import page, refusals_on, success
from quen.ui.params import positive_int
from quen.ui.tags.filters import num

PHONE, DESKTOP = "phone", "desktop"


@allowed(CampaignRight.VIEW)
@require_GET
def preview(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show the message as a contact would see it; if it has HTML, on a phone or a computer."""
    campaign = access.campaign(campaign_id)
    content = contents.get_content(queries.shown_content_id(campaign))
    params = request.GET
    languages = [code for code in dict(settings.LANGUAGES) if code in contents.versions(content)]
    language = params.get("language", "")
    if language not in languages:
        language = content.default_language
    width = DESKTOP if params.get("width") == DESKTOP else PHONE
    search = params.get("search", "").strip()[:100]
    may_view_contacts = request.member.can(ContactRight.VIEW)
    contact = _find_contact(positive_int(params.get("contact"))) if may_view_contacts else None
    channel = queries.channel_of(campaign)
    has_html = ContentPart.HTML in channel.content.parts
    theme = mail_theme.read_theme(params.get("theme"))
    chosen = {"contact": str(contact.contact_id)} if contact else {}
    shows_clicks = params.get("clicks") != "0"
    query = {"language": language, "width": width, "theme": theme} | chosen
    if not shows_clicks:
        query["clicks"] = "0"
    frame = {"class": campaign.message_class, "theme": theme} | chosen
    context: dict[str, Any] = {
        "campaign": campaign,
        "language": language,
        "languages": [(code.upper(), _query(query, language=code), code == language) for code in languages],
        "channel": channel,
        "has_html": has_html,
        "phone": width == PHONE,
        "widths": [
            (pgettext("a screen", "Phone"), "smartphone", _query(query, width=PHONE), width == PHONE),
            (pgettext("a screen", "Computer"), "monitor", _query(query, width=DESKTOP), width == DESKTOP),
        ]
        if has_html
        else [],
        "dark": theme == mail_theme.DARK,
        "themes": [
            (
                pgettext("a theme", "Light"),
                "sun",
                _query(query, theme=mail_theme.LIGHT),
                theme == mail_theme.LIGHT,
            ),
            (
                pgettext("a theme", "Dark"),
                "moon",
                _query(query, theme=mail_theme.DARK),
                theme == mail_theme.DARK,
            ),
        ]
        if has_html
        else [],
        "contact": contact,
        "search": search,
        "query": query,
        "may_view_contacts": may_view_contacts,
        "contacts": [
            (each, _query(query, contact=each.contact_id)) for each in conditions.search_contacts(search)
        ]
        if may_view_contacts and search
        else [],
        "sender_name": _sender_name(campaign) or request.workspace.brand or request.workspace.name,
        "frame": f"{reverse('content:frame', args=[content.pk, language])}?{urlencode(frame)}",
        "now": request.now,
    }
    try:
        message = contents.preview(
            content,
            contact.contact_id if contact else None,
            workspace=request.workspace,
            message_class=campaign.message_class,
            reminders=campaign.permission_reminders,
            now=request.now,
            language=language,
        )
        context["message"] = message
        context["preview"] = {"text": message.text, "sender": context["sender_name"]}
        if message.html and campaign.dispatch_id is not None and campaign.track_clicks:
            context["clicks"] = {
                "shown": shows_clicks,
                "other": _query(query, clicks="0" if shows_clicks else "1"),
            }
            if shows_clicks:
                clicked = reverse("campaigns:clicked_mail", args=[campaign.pk, language])
                context["frame"] = f"{clicked}?{urlencode(frame)}"
    except DomainError as refusal:
        context["broken"] = str(refusal)
    return page(request, "campaigns/preview.html", context, part="preview")


@allowed(CampaignRight.VIEW)
@require_GET
@xframe_options_sameorigin
def clicked_mail(request: WorkspaceRequest, campaign_id: int, language: str) -> HttpResponse:
    """Return the mail for an iframe, with the number of people who followed it beside each link."""
    campaign = access.dispatched(campaign_id)
    dispatch = delivery.get_dispatch(campaign.dispatch_id or 0)
    content = contents.get_content(dispatch.content_id)
    if language not in contents.versions(content):
        raise NotFound()
    layout: dict[str, Any] = {
        "workspace": request.workspace,
        "message_class": campaign.message_class,
        "reminders": dispatch.permission_reminders,
        "language": language,
    }
    contact = (
        _find_contact(positive_int(request.GET.get("contact")))
        if request.member.can(ContactRight.VIEW)
        else None
    )
    message = contents.preview(content, contact.contact_id if contact else None, now=request.now, **layout)
    varying = contents.varying_links(content, message, **layout)
    people = delivery.people_by_link(dispatch, click_marks.web_links(message.html))

    def text_of(url: str) -> tuple[str, bool]:
        count = people.get(url, 0)
        if url in varying:
            return pgettext("clicks of a link", "a different link for each customer"), False
        if not count:
            return pgettext("clicks of a link", "no clicks"), False
        text = npgettext("clicks of a link", "%(n)s person", "%(n)s people", count)
        return text % {"n": num(count)}, True

    theme = mail_theme.read_theme(request.GET.get("theme"))
    return mail_frame(click_marks.with_marks(message.html, text_of), theme=theme)


@allowed(CampaignRight.EDIT)
@require_http_methods(["GET", "POST"])
def test(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Send the draft to a few addresses, with the data of the contact selected in the preview."""
    campaign = access.draft(campaign_id)
    params = request.POST if request.method == "POST" else request.GET
    content = contents.get_content(campaign.content_id)
    names = dict(settings.LANGUAGES)
    languages = [(code, names[code]) for code in contents.versions(content) if code in names]
    contact = (
        _find_contact(positive_int(params.get("contact"))) if request.member.can(ContactRight.VIEW) else None
    )
    channel = queries.channel_of(campaign)
    initial = {
        "addresses": _own_address(request, channel),
        "language": params.get("language") or content.default_language,
        "contact": contact.contact_id if contact else None,
    }
    form = CampaignTestForm(
        request.POST if request.method == "POST" else None,
        channel=channel,
        languages=languages,
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            sent = services.send_test(
                campaign=campaign,
                workspace=request.workspace,
                addresses=form.cleaned_data["addresses"],
                contact_id=contact.contact_id if contact else None,
                language=form.cleaned_data["language"] or content.default_language,
                actor=request.actor,
                now=request.now,
            )
            message = ngettext(
                "Test sent to %(sent)d address.",
                "Test sent to %(sent)d addresses.",
                sent,
            )
            to = "" if request.headers.get("HX-Request") == "true" else _composer(campaign)
            return success(request, message=message % {"sent": sent}, to=to)
    context = {
        "campaign": campaign,
        "form": form,
        "has_subject": ContentPart.SUBJECT in channel.content.parts,
        "contact": contact,
        "languages": languages,
        "limit": services.MAX_TEST_ADDRESSES,
        "sandbox": queries.is_sandboxed(campaign),
        "back": _composer(campaign),
    }
    return page(
        request, "campaigns/test.html", context, part="form" if request.method == "POST" else "dialog"
    )


def _composer(campaign: Campaign) -> str:
    return reverse("campaigns:campaign", args=[campaign.pk])


def _sender_name(campaign: Campaign) -> str:
    sender = channels.senders(campaign.channel).filter(pk=campaign.sender_id or 0).first()
    return sender.name if sender else ""


def _own_address(request: WorkspaceRequest, channel: MessageChannel) -> str:
    """Return the member's sign-in address if messages of the channel can be sent to it."""
    try:
        return channel.display_address(channel.parse_address(request.user.email))
    except ValueError:
        return ""


def _find_contact(contact_id: int | None) -> Any:
    contacts = conditions.contact_summaries([contact_id]) if contact_id is not None else []
    return contacts[0] if contacts else None


def _query(query: dict[str, str], **changed: Any) -> str:
    return f"?{urlencode({**query, **{name: str(value) for name, value in changed.items()}})}"
