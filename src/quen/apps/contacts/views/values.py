"""Changing a person in place: one value, tags, status, consent. Each works as a page of its own too."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.people import TOGETHER, ContactForm
from quen.apps.contacts.forms.proof import UNBLOCK, ConsentForm, StatusForm
from quen.apps.contacts.forms.reasons import refusals_beside
from quen.apps.contacts.forms.tags import TagsForm
from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.rules.labels import field_id_of
from quen.apps.contacts.types import Channel, Status
from quen.apps.contacts.views.panels import KEYS, consent_lines, fact_of
from quen.apps.contacts.views.person import person_context
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.core.errors import NotFound
from quen.ui.pages import done, page, wants_part

_CHANGED = "contact:changed"


@allowed(Right.EDIT_CONTACTS)
@require_http_methods(["GET", "POST"])
def contact_value(request: WorkspaceRequest, contact_id: int, key: str) -> HttpResponse:
    """Change one line of who the person is."""
    person = queries.get_contact(contact_id)
    field = _field_for(key)
    form = ContactForm(
        request.POST if request.method == "POST" else None,
        workspace=request.workspace,
        custom=[field] if field else [],
        only=TOGETHER.get(key, (key,)),
        contact=person,
    )
    context = {"person": person, "form": form, "fact": fact_of(person, key, field), "may_edit": True}
    template = "contacts/person/value.html"
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            person = services.update_contact(
                workspace=request.workspace,
                contact=person,
                values=form.values(),
                actor=request.member,
                now=request.now,
            )
            answer = done(request, event=_CHANGED, to="" if wants_part(request) else _address(person))
            if not wants_part(request):
                return answer
            context["fact"] = fact_of(person, key, field)
            return _shown(request, template, context, answer)
    part = "shown" if "shown" in request.GET else "form"
    return page(request, template, context, part=part)


@allowed(Right.EDIT_CONTACTS)
@require_http_methods(["GET", "POST"])
def contact_tags(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Make exactly these the person's tags; new names make new tags (CON-39…42)."""
    person = queries.get_contact(contact_id)
    held = queries.tags_of(person)
    form = TagsForm(
        request.POST if request.method == "POST" else None, initial={"tags": [tag.name for tag in held]}
    )
    context = {"person": person, "form": form, "tags": held, "may_edit": True}
    template = "contacts/person/tags.html"
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            services.set_tags(
                contact=person, names=form.cleaned_data["tags"], actor=request.member, now=request.now
            )
            answer = done(request, event="contact:told", to="" if wants_part(request) else _address(person))
            if not wants_part(request):
                return answer
            context["tags"] = queries.tags_of(person)
            return _shown(request, template, context, answer)
    part = "shown" if "shown" in request.GET else "form"
    return page(request, template, context, part=part)


@allowed(Right.EDIT_CONTACTS)
@require_http_methods(["GET", "POST"])
def contact_status(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Change the status; Subscribed asks for its ground (R-16, R-18, R-19)."""
    person = queries.get_contact(contact_id)
    form = StatusForm(
        request.POST if request.method == "POST" else None,
        initial={"status": person.status},
        now=request.now,
        zone=request.workspace.zone,
    )
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            person = services.set_status(
                contact=person,
                status=form.cleaned_data["status"],
                proof=form.consent_proof,
                actor=request.member,
                now=request.now,
            )
            said = _("Status: %(to)s") % {"to": Status(person.status).label}
            return done(request, say=said, event=_CHANGED, to=_address(person))
    context = person_context(request, person) | {"form": form}
    return page(request, "contacts/person/status.html", context, part="form")


@allowed(Right.EDIT_CONTACTS)
@require_http_methods(["GET", "POST"])
def contact_consent(request: WorkspaceRequest, contact_id: int, channel: str) -> HttpResponse:
    """Record what a person said about one channel (R-15)."""
    person = queries.get_contact(contact_id)
    if channel not in Channel.values:
        raise NotFound()
    form = ConsentForm(
        request.POST if request.method == "POST" else None,
        channel=Channel(channel),
        held=person.consent(channel),
        now=request.now,
        zone=request.workspace.zone,
    )
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            _record_consent(request, person, channel, form)
            return done(request, say=_("Recorded."), event=_CHANGED, to=_address(person))
    line = next(line for line in consent_lines(person) if line.channel == channel)
    context = {"person": person, "form": form, "line": line, "may_edit": True}
    return page(request, "contacts/person/consent.html", context, part="form")


def _record_consent(request: WorkspaceRequest, person: Contact, channel: str, form: ConsentForm) -> None:
    answer = form.cleaned_data["consent"]
    if answer == UNBLOCK:
        services.unblock(contact=person, channel=channel, actor=request.member, now=request.now)
        return
    services.set_consent(
        contact=person,
        channel=channel,
        consent=answer,
        proof=form.consent_proof,
        actor=request.member,
        now=request.now,
    )


def _field_for(key: str) -> Field | None:
    number = field_id_of(key)
    if number is not None:
        return queries.get_field(number)
    if key not in KEYS:
        raise NotFound()
    return None


def _address(person: Contact) -> str:
    return reverse("contacts:contact", args=[person.pk])


def _shown(
    request: WorkspaceRequest, template: str, context: dict[str, object], news: HttpResponse
) -> HttpResponse:
    """Show the new value in place of the form, and tell the rest of the page."""
    context.pop("form")
    answer = page(request, template, context, part="shown")
    answer["HX-Trigger"] = news["HX-Trigger"]
    return answer
