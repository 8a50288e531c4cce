"""Editing a contact in place: one value, tags, status, consent. Each works as a page of its own too."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.contact import EDIT_GROUPS, ContactForm
from quen.apps.contacts.forms.error_messages import domain_errors_on
from quen.apps.contacts.forms.proof import UNBLOCK, ConsentForm, ContactStatusForm
from quen.apps.contacts.forms.source import ContactSourceForm
from quen.apps.contacts.forms.tags import ContactTagsForm
from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.rules.labels import field_id_of
from quen.apps.contacts.types import Channel, ContactRight, Status
from quen.apps.contacts.views.contact import contact_context
from quen.apps.contacts.views.presenters import PROFILE_KEYS, consent_lines, profile_line
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import clock, phones
from quen.core.errors import NotFound
from quen.ui.pages import page, success, wants_part

_CHANGED = "contact:changed"


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def contact_value(request: WorkspaceRequest, contact_id: int, key: str) -> HttpResponse:
    """Edit one line of the profile."""
    contact = queries.get_contact(contact_id)
    field, today = _get_custom_field(key), clock.local_day(request.now, request.workspace.zone)
    form = ContactForm(
        request.POST if request.method == "POST" else None,
        workspace=request.workspace,
        custom=[field] if field else [],
        only=EDIT_GROUPS.get(key, (key,)),
        contact=contact,
    )
    context = {
        "contact": contact,
        "form": form,
        "line": profile_line(contact, key, field, today=today),
        "may_edit": True,
    }
    template = "contacts/contact/value.html"
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            contact = services.update_contact(
                workspace=request.workspace,
                contact=contact,
                values=form.values(),
                actor=request.actor,
                now=request.now,
            )
            answer = success(request, event=_CHANGED, to="" if wants_part(request) else _address(contact))
            if not wants_part(request):
                return answer
            context["line"] = profile_line(contact, key, field, today=today)
            return _render_saved(request, template, context, answer)
    part = "display" if "display" in request.GET else "form"
    return page(request, template, context, part=part)


@allowed(ContactRight.EDIT)
@require_POST
def contact_salutation(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Address a contact as it is proposed (CON-69), if that is still what is proposed."""
    contact = queries.get_contact(contact_id)
    today = clock.local_day(request.now, request.workspace.zone)
    proposal = queries.proposed_salutation(contact, today=today)
    if proposal is None or request.POST.get("salutation") != proposal.salutation:
        return success(
            request, message=_("The proposal has changed. Check again."), tone="wait", to=_address(contact)
        )
    services.update_contact(
        workspace=request.workspace,
        contact=contact,
        values={"salutation": proposal.salutation},
        actor=request.actor,
        now=request.now,
    )
    message = _("You address them as “%(name)s”.") % {"name": f"{proposal.salutation} {contact.call_name}"}
    return success(request, message=message, to=_address(contact))


@allowed(ContactRight.EDIT)
@require_POST
def contact_default(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Make a further phone or email the default one; the former default becomes a further one (CON-71)."""
    contact = queries.get_contact(contact_id)
    key, value = request.POST.get("key", ""), request.POST.get("value", "")
    system = {"other_phones": "phone", "other_emails": "email"}.get(key)
    further = queries.identifiers_of_many([contact.pk]).get(contact.pk, {})
    if system is None or value not in further.get(system, []):
        raise NotFound()
    services.update_contact(
        workspace=request.workspace,
        contact=contact,
        values={system: value},
        actor=request.actor,
        now=request.now,
    )
    shown = phones.display(value) if system == "phone" else value
    return success(
        request, message=_("%(value)s is the default now.") % {"value": shown}, to=_address(contact)
    )


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def contact_tags(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Replace the tags of a contact; new names create tags (CON-39…42)."""
    contact = queries.get_contact(contact_id)
    tags = queries.tags_of(contact)
    form = ContactTagsForm(
        request.POST if request.method == "POST" else None, initial={"tags": [tag.name for tag in tags]}
    )
    context = {"contact": contact, "form": form, "tags": tags, "may_edit": True}
    template = "contacts/contact/tags.html"
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            services.set_tags(
                contact=contact, names=form.cleaned_data["tags"], actor=request.actor, now=request.now
            )
            answer = success(
                request, event="contact:timeline_changed", to="" if wants_part(request) else _address(contact)
            )
            if not wants_part(request):
                return answer
            context["tags"] = queries.tags_of(contact)
            return _render_saved(request, template, context, answer)
    part = "display" if "display" in request.GET else "form"
    return page(request, template, context, part=part)


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def contact_source(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Correct where a contact first came from."""
    contact = queries.get_contact(contact_id)
    form = ContactSourceForm(request.POST if request.method == "POST" else None, contact=contact)
    context = {"contact": contact, "form": form, "may_edit": True}
    template = "contacts/contact/source.html"
    if request.method == "POST" and form.is_valid():
        services.correct_source(contact=contact, source=form.chosen(), actor=request.actor, now=request.now)
        answer = success(
            request, event="contact:timeline_changed", to="" if wants_part(request) else _address(contact)
        )
        if not wants_part(request):
            return answer
        context["contact"] = queries.get_contact(contact_id)
        return _render_saved(request, template, context, answer)
    part = "display" if "display" in request.GET else "form"
    return page(request, template, context, part=part)


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def contact_status(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Change the status; Subscribed requires a proof of consent (R-16, R-18, R-19)."""
    contact = queries.get_contact(contact_id)
    form = ContactStatusForm(
        request.POST if request.method == "POST" else None,
        initial={"status": contact.status},
        now=request.now,
        zone=request.workspace.zone,
    )
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            contact = services.set_status(
                contact=contact,
                status=form.cleaned_data["status"],
                proof=form.consent_proof,
                actor=request.actor,
                now=request.now,
            )
            message = _("Status: %(to)s") % {"to": Status(contact.status).label}
            return success(request, message=message, event=_CHANGED, to=_address(contact))
    context = contact_context(request, contact) | {"form": form}
    return page(request, "contacts/contact/status.html", context, part="form")


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def contact_consent(request: WorkspaceRequest, contact_id: int, channel: str) -> HttpResponse:
    """Record the contact's answer for one channel (R-15)."""
    contact = queries.get_contact(contact_id)
    if channel not in Channel.values:
        raise NotFound()
    form = ConsentForm(
        request.POST if request.method == "POST" else None,
        channel=Channel(channel),
        current=contact.consent(channel),
        now=request.now,
        zone=request.workspace.zone,
    )
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            _record_consent(request, contact, channel, form)
            return success(request, message=_("Recorded."), event=_CHANGED, to=_address(contact))
    line = next(line for line in consent_lines(contact) if line.channel == channel)
    context = {"contact": contact, "form": form, "line": line, "may_edit": True}
    return page(request, "contacts/contact/consent.html", context, part="form")


def _record_consent(request: WorkspaceRequest, contact: Contact, channel: str, form: ConsentForm) -> None:
    answer = form.cleaned_data["consent"]
    if answer == UNBLOCK:
        services.unblock(contact=contact, channel=channel, actor=request.actor, now=request.now)
        return
    services.set_consent(
        contact=contact,
        channel=channel,
        consent=answer,
        proof=form.consent_proof,
        actor=request.actor,
        now=request.now,
    )


def _get_custom_field(key: str) -> Field | None:
    number = field_id_of(key)
    if number is not None:
        return queries.get_field(number)
    if key not in PROFILE_KEYS:
        raise NotFound()
    return None


def _address(contact: Contact) -> str:
    return reverse("contacts:contact", args=[contact.pk])


def _render_saved(
    request: WorkspaceRequest, template: str, context: dict[str, object], response: HttpResponse
) -> HttpResponse:
    """Show the new value in place of the form, and notify the rest of the page."""
    context.pop("form")
    answer = page(request, template, context, part="display")
    answer["HX-Trigger"] = response["HX-Trigger"]
    return answer
