"""Seeing a draft as one customer does, and sending it to oneself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.audience import queries as conditions
from quen.apps.campaigns import access, queries, services
from quen.apps.campaigns.forms import TestForm
from quen.apps.campaigns.models import Campaign
from quen.apps.channels import queries as channels
from quen.apps.content import queries as contents
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.core.errors import DomainError
from quen.ui.asked import whole
from quen.ui.pages import done, page, refusals_on

PHONE, DESKTOP = "phone", "desktop"


@allowed(Right.VIEW_CAMPAIGNS)
@require_GET
def preview(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show the mail as a person reads it, on a phone or a wide screen, with its line in the inbox."""
    found = access.campaign(campaign_id)
    content = contents.get_content(queries.content_shown(found))
    given = request.GET
    languages = [code for code in dict(settings.LANGUAGES) if code in contents.versions(content)]
    language = given.get("language", "")
    if language not in languages:
        language = content.default_language
    width = DESKTOP if given.get("width") == DESKTOP else PHONE
    words = given.get("words", "").strip()[:100]
    may_look = request.member.can(Right.VIEW_CONTACTS)
    person = _person(whole(given.get("contact"))) if may_look else None
    asked = {"language": language, "width": width} | ({"contact": str(person.contact_id)} if person else {})
    frame = {"class": found.message_class} | ({"contact": str(person.contact_id)} if person else {})
    context: dict[str, Any] = {
        "campaign": found,
        "language": language,
        "languages": [(code.upper(), _here(asked, language=code), code == language) for code in languages],
        "phone": width == PHONE,
        "widths": [
            (pgettext("a screen", "Phone"), "smartphone", _here(asked, width=PHONE), width == PHONE),
            (pgettext("a screen", "Computer"), "monitor", _here(asked, width=DESKTOP), width == DESKTOP),
        ],
        "person": person,
        "words": words,
        "asked": asked,
        "may_look": may_look,
        "people": [(each, _here(asked, contact=each.contact_id)) for each in conditions.people_like(words)]
        if may_look and words
        else [],
        "sender": channels.senders("email").filter(pk=found.sender_id or 0).first(),
        "frame": f"{reverse('content:frame', args=[content.pk, language])}?{urlencode(frame)}",
        "now": request.now,
    }
    try:
        context["mail"] = contents.preview(
            content,
            person.contact_id if person else None,
            workspace=request.workspace,
            message_class=found.message_class,
            reminders=found.reminders,
            now=request.now,
            language=language,
        )
    except DomainError as refusal:
        context["broken"] = str(refusal)
    return page(request, "campaigns/preview.html", context, part="seen")


@allowed(Right.EDIT_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
def test(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Send the draft to oneself or a few others, as the person chosen in the preview."""
    found = access.draft(campaign_id)
    given = request.POST if request.method == "POST" else request.GET
    content = contents.get_content(found.content_id)
    names = dict(settings.LANGUAGES)
    languages = [(code, names[code]) for code in contents.versions(content) if code in names]
    person = _person(whole(given.get("contact"))) if request.member.can(Right.VIEW_CONTACTS) else None
    initial = {
        "addresses": request.user.email,
        "language": given.get("language") or content.default_language,
        "contact": person.contact_id if person else None,
    }
    form = TestForm(request.POST if request.method == "POST" else None, languages=languages, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            sent = services.send_test(
                campaign=found,
                workspace=request.workspace,
                addresses=form.cleaned_data["addresses"],
                contact_id=person.contact_id if person else None,
                language=form.cleaned_data["language"] or content.default_language,
                actor=request.member,
                now=request.now,
            )
            said = ngettext(
                "The test is on its way to %(sent)d address.",
                "The test is on its way to %(sent)d addresses.",
                sent,
            )
            to = "" if request.headers.get("HX-Request") == "true" else _composer(found)
            return done(request, say=said % {"sent": sent}, to=to)
    connection = channels.find_active("email")
    context = {
        "campaign": found,
        "form": form,
        "person": person,
        "languages": languages,
        "most": services.MOST_ADDRESSES,
        "sandbox": connection is not None and connection.adapter == channels.SANDBOX,
        "back": _composer(found),
    }
    return page(
        request, "campaigns/test.html", context, part="form" if request.method == "POST" else "dialog"
    )


def _composer(found: Campaign) -> str:
    return reverse("campaigns:campaign", args=[found.pk])


def _person(contact_id: int | None) -> Any:
    people = conditions.people([contact_id]) if contact_id is not None else []
    return people[0] if people else None


def _here(asked: dict[str, str], **changed: Any) -> str:
    return f"?{urlencode({**asked, **{name: str(value) for name, value in changed.items()}})}"
