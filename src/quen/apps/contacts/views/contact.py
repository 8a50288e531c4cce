"""One contact: the page, the forms, deletion."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, registry, services
from quen.apps.contacts.forms.contact import ContactForm, NewContactForm
from quen.apps.contacts.forms.error_messages import domain_errors_on
from quen.apps.contacts.forms.settings import FieldForm
from quen.apps.contacts.models import Contact
from quen.apps.contacts.rules.completeness import missing
from quen.apps.contacts.rules.identifiers import SYSTEMS
from quen.apps.contacts.rules.labels import LABELS, field_key
from quen.apps.contacts.types import ContactRight, Status
from quen.apps.contacts.views.presenters import (
    consent_lines,
    contact_metrics,
    profile_lines,
    proposal_context,
    status_badge,
)
from quen.apps.contacts.views.timeline import colleagues, timeline_context
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.core import clock
from quen.ui.pages import page, refusals_on, success

DETAIL_TEMPLATE = "contacts/contact/detail.html"


@allowed(ContactRight.VIEW)
@require_GET
def contact_detail(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show a contact: profile, timeline, totals; an id that was merged leads to the contact kept."""
    contact = queries.get_contact(contact_id)
    if contact.pk != contact_id:
        messages.info(request, _("This customer was merged into %(name)s.") % {"name": contact})
        return HttpResponseRedirect(reverse("contacts:contact", args=[contact.pk]))
    custom = [field for field in queries.active_fields() if field.shown]
    may_edit = request.member.can(ContactRight.EDIT)
    identities = queries.identities_of(contact)
    today = clock.local_day(request.now, request.workspace.zone)
    lines = profile_lines(contact, custom, identities, may_edit=may_edit, today=today)
    panels = [each for each in registry.contact_panels() if request.member.can(each.right)]
    context = contact_context(request, contact) | {
        "profile_lines": [line for line in lines if line.text],
        "empty_lines": [line for line in lines if not line.text],
        "consents": consent_lines(contact),
        "tags": queries.tags_of(contact),
        "identities": [each for each in identities if each.system not in SYSTEMS.values()],
        "metrics": contact_metrics(contact, request.workspace.currency),
        "timeline": timeline_context(request, contact),
        "members": colleagues(request) if may_edit else [],
        "profile_panels": [
            (each.key, each.title, each.url(contact.pk)) for each in panels if each.slot == "profile"
        ],
        "side_panels": [
            (each.key, each.title, each.url(contact.pk)) for each in panels if each.slot == "side"
        ],
    }
    return page(request, DETAIL_TEMPLATE, context)


@allowed(ContactRight.VIEW)
@require_GET
def contact_head(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show name and status again after a change."""
    contact = queries.get_contact(contact_id)
    return page(request, "contacts/contact/head.html", contact_context(request, contact))


@allowed(ContactRight.CREATE)
@require_http_methods(["GET", "POST"])
def contact_new(request: WorkspaceRequest) -> HttpResponse:
    """Add a contact (CON-07). A custom field can be created in the same form without losing what was typed (CON-33)."""
    form = _build_new_form(request)
    field_form = FieldForm(prefix="new_field", initial={"shown": True})
    if request.method == "POST" and "make_field" in request.POST:
        form, field_form = _with_new_field(request, form)
    elif request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            created = _create_from_form(request, form)
            message = _("%(name)s added.") % {"name": created}
            again = "again" in request.POST
            to = reverse("contacts:contact_new") if again else reverse("contacts:contact", args=[created.pk])
            return success(request, message=message, to=to)
    context = {
        "form": form,
        "field_form": field_form,
        "may_configure": request.member.can(ContactRight.CONFIGURE),
        "making_field": field_form.is_bound,
    }
    status = 422 if form.is_bound and form.errors else None
    return page(
        request, "contacts/contact/new.html", context, status=status or (422 if field_form.errors else 200)
    )


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def contact_edit(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Edit all values of a contact (CON-50)."""
    contact = queries.get_contact(contact_id)
    form = ContactForm(
        request.POST or None, workspace=request.workspace, custom=queries.active_fields(), contact=contact
    )
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            services.update_contact(
                workspace=request.workspace,
                contact=contact,
                values=form.values(),
                actor=request.actor,
                now=request.now,
            )
            return success(request, message=_("Saved."), to=reverse("contacts:contact", args=[contact.pk]))
    return page(request, "contacts/contact/edit.html", {"form": form, "contact": contact})


@allowed(ContactRight.DELETE)
@require_POST
def contact_delete(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Delete a contact; it can be restored for 30 days (R-57)."""
    contact = queries.get_contact(contact_id)
    services.delete_contacts(ids=[contact.pk], actor=request.actor, now=request.now)
    return success(
        request,
        message=_("%(name)s deleted.") % {"name": contact},
        to=reverse("contacts:contact_list"),
        undo=reverse("contacts:contact_restore", args=[contact.pk]),
    )


@allowed(ContactRight.DELETE)
@require_POST
def contact_restore(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Restore a deleted contact."""
    contact = queries.get_deleted_contact(contact_id)
    services.restore_contact(contact=contact, actor=request.actor, now=request.now)
    message = _("%(name)s restored.") % {"name": contact}
    return success(
        request, message=message, event="contact:changed", to=reverse("contacts:contact", args=[contact.pk])
    )


@allowed(ContactRight.DELETE)
@require_GET
def deleted_list(request: WorkspaceRequest) -> HttpResponse:
    """List deleted contacts that can still be restored."""
    found = queries.deleted_contacts()[:MAX_ROWS]
    rows = [(contact, services.erasure_due_at(contact)) for contact in found]
    context = {"rows": rows, "limit": MAX_ROWS, "may_erase": request.member.can(ContactRight.ERASE)}
    return page(request, "contacts/contact/deleted.html", context)


@allowed(ContactRight.VIEW)
@require_GET
def incomplete_list(request: WorkspaceRequest) -> HttpResponse:
    """List contacts that lack a required field, latest first (R-01)."""
    asked = request.workspace.required_fields
    rows = [
        (contact, ", ".join(str(LABELS[key]) for key in missing(asked, vars(contact))))
        for contact in queries.incomplete_contacts()[:MAX_ROWS]
    ]
    return page(request, "contacts/contact/incomplete.html", {"rows": rows, "limit": MAX_ROWS})


MAX_ROWS = 200


def contact_context(request: WorkspaceRequest, contact: Contact) -> dict[str, Any]:
    """Return the context of the head of the page."""
    member = request.member
    return {
        "contact": contact,
        "status": status_badge(contact.status),
        "may_edit": member.can(ContactRight.EDIT),
        "may_delete": member.can(ContactRight.DELETE),
        "may_erase": member.can(ContactRight.ERASE),
        "proposal": proposal_context(contact, clock.local_day(request.now, request.workspace.zone))
        if member.can(ContactRight.EDIT)
        else {},
    }


def _build_new_form(request: WorkspaceRequest, *, bound: bool = True) -> NewContactForm:
    return NewContactForm(
        (request.POST or None) if bound else None,
        workspace=request.workspace,
        custom=queries.active_fields(),
        now=request.now,
    )


def _create_from_form(request: WorkspaceRequest, form: NewContactForm) -> Contact:
    return services.create_contact(
        workspace=request.workspace,
        values=form.values(),
        tags=form.cleaned_data["tags"],
        status=form.cleaned_data["status"],
        proof=form.consent_proof,
        source=queries.find_source("staff"),
        returned=form.cleaned_data["returned"],
        actor=request.actor,
        now=request.now,
    )


def _with_new_field(request: WorkspaceRequest, form: NewContactForm) -> tuple[NewContactForm, FieldForm]:
    """Create the field and return the form with it: typed values are kept, errors are not shown yet."""
    ensure(request.member, ContactRight.CONFIGURE)
    field_form = FieldForm(request.POST, prefix="new_field")
    typed = {name: form[name].value() for name in form.fields}
    if field_form.is_valid():
        with refusals_on(field_form):
            created = services.create_field(
                **{key: field_form.cleaned_data[key] for key in ("name", "format", "choices")},
                actor=request.actor,
                now=request.now,
            )
            typed[field_key(created.pk)] = ""
            field_form = FieldForm(prefix="new_field", initial={"shown": True})
    unjudged = _build_new_form(request, bound=False)
    unjudged.initial = typed | {"status": typed.get("status") or Status.NON_SUBSCRIBED}
    return unjudged, field_form
