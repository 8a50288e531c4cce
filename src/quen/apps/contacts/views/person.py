"""One person: the page, the forms, deletion."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, registry, services
from quen.apps.contacts.forms.people import ContactForm, NewContactForm
from quen.apps.contacts.forms.reasons import refusals_beside
from quen.apps.contacts.forms.settings import FieldForm
from quen.apps.contacts.models import Contact
from quen.apps.contacts.rules.completeness import missing
from quen.apps.contacts.rules.labels import LABELS, field_key
from quen.apps.contacts.types import Status
from quen.apps.contacts.views.panels import consent_lines, facts_of, figures_of, status_look
from quen.apps.contacts.views.timeline import timeline_of
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.apps.team.types import Right
from quen.ui.pages import done, page, refusals_on

PAGE = "contacts/person/page.html"


@allowed(Right.VIEW_CONTACTS)
@require_GET
def contact(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show a person: who they are, what they did, what they are worth."""
    person = queries.get_contact(contact_id)
    custom = [field for field in queries.active_fields() if field.shown]
    context = person_context(request, person) | {
        "facts": facts_of(person, custom, may_edit=request.member.can(Right.EDIT_CONTACTS)),
        "consents": consent_lines(person),
        "tags": queries.tags_of(person),
        "identities": queries.identities_of(person),
        "figures": figures_of(person, request.workspace.currency),
        "timeline": timeline_of(request, person),
        "panels": [
            (each.key, each.title, each.address(person.pk))
            for each in registry.person_panels()
            if request.member.can(each.right)
        ],
    }
    return page(request, PAGE, context)


@allowed(Right.VIEW_CONTACTS)
@require_GET
def head(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show a person's name and status again after a change."""
    person = queries.get_contact(contact_id)
    return page(request, "contacts/person/head.html", person_context(request, person))


@allowed(Right.CREATE_CONTACTS)
@require_http_methods(["GET", "POST"])
def contact_new(request: WorkspaceRequest) -> HttpResponse:
    """Add one person (CON-07). A new field can be made on the way, with everything typed kept (CON-33)."""
    form = _new_form(request)
    field_form = FieldForm(prefix="new_field", initial={"shown": True})
    if request.method == "POST" and "make_field" in request.POST:
        form, field_form = _with_new_field(request, form)
    elif request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            made = _created(request, form)
            said = _("%(name)s is a customer now.") % {"name": made}
            again = "again" in request.POST
            to = reverse("contacts:contact_new") if again else reverse("contacts:contact", args=[made.pk])
            return done(request, say=said, to=to)
    context = {
        "form": form,
        "field_form": field_form,
        "may_configure": request.member.can(Right.CONFIGURE_FIELDS),
        "making_field": field_form.is_bound,
    }
    status = 422 if form.is_bound and form.errors else None
    return page(
        request, "contacts/person/new.html", context, status=status or (422 if field_form.errors else 200)
    )


@allowed(Right.EDIT_CONTACTS)
@require_http_methods(["GET", "POST"])
def contact_edit(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Change any value of a person (CON-50)."""
    person = queries.get_contact(contact_id)
    form = ContactForm(
        request.POST or None, workspace=request.workspace, custom=queries.active_fields(), contact=person
    )
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            services.update_contact(
                workspace=request.workspace,
                contact=person,
                values=form.values(),
                actor=request.member,
                now=request.now,
            )
            return done(request, say=_("Saved."), to=reverse("contacts:contact", args=[person.pk]))
    return page(request, "contacts/person/edit.html", {"form": form, "person": person})


@allowed(Right.DELETE_CONTACTS)
@require_POST
def contact_deletion(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Delete a person; they can be brought back for 30 days (R-57)."""
    person = queries.get_contact(contact_id)
    services.delete_contacts(ids=[person.pk], actor=request.member, now=request.now)
    return done(
        request,
        say=_("%(name)s is deleted.") % {"name": person},
        to=reverse("contacts:contact_list"),
        undo=reverse("contacts:contact_restoration", args=[person.pk]),
    )


@allowed(Right.DELETE_CONTACTS)
@require_POST
def contact_restoration(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Bring a deleted person back."""
    person = queries.get_deleted(contact_id)
    services.restore_contact(contact=person, actor=request.member, now=request.now)
    said = _("%(name)s is back.") % {"name": person}
    return done(request, say=said, event="contact:changed", to=reverse("contacts:contact", args=[person.pk]))


@allowed(Right.DELETE_CONTACTS)
@require_GET
def deleted_list(request: WorkspaceRequest) -> HttpResponse:
    """List who was deleted and can still be brought back."""
    found = queries.deleted_contacts()[:SHOWN]
    rows = [(person, services.erased_on(person)) for person in found]
    return page(request, "contacts/person/deleted.html", {"rows": rows, "most": SHOWN})


@allowed(Right.VIEW_CONTACTS)
@require_GET
def incomplete_list(request: WorkspaceRequest) -> HttpResponse:
    """List people who lack a field the workspace requires, latest first (R-01)."""
    asked = request.workspace.required_fields
    rows = [
        (person, ", ".join(str(LABELS[key]) for key in missing(asked, vars(person))))
        for person in queries.incomplete_contacts()[:SHOWN]
    ]
    return page(request, "contacts/person/incomplete.html", {"rows": rows, "most": SHOWN})


SHOWN = 200


def person_context(request: WorkspaceRequest, person: Contact) -> dict[str, Any]:
    """Give what the head of the page shows."""
    member = request.member
    return {
        "person": person,
        "status": status_look(person.status),
        "may_edit": member.can(Right.EDIT_CONTACTS),
        "may_delete": member.can(Right.DELETE_CONTACTS),
    }


def _new_form(request: WorkspaceRequest, *, bound: bool = True) -> NewContactForm:
    return NewContactForm(
        (request.POST or None) if bound else None,
        workspace=request.workspace,
        custom=queries.active_fields(),
        now=request.now,
    )


def _created(request: WorkspaceRequest, form: NewContactForm) -> Contact:
    return services.create_contact(
        workspace=request.workspace,
        values=form.values(),
        tags=form.cleaned_data["tags"],
        status=form.cleaned_data["status"],
        proof=form.consent_proof,
        source=queries.find_source("staff"),
        actor=request.member,
        now=request.now,
    )


def _with_new_field(request: WorkspaceRequest, form: NewContactForm) -> tuple[NewContactForm, FieldForm]:
    """Make the field and show the form with it, nothing typed lost and nothing judged yet."""
    ensure(request.member, Right.CONFIGURE_FIELDS)
    field_form = FieldForm(request.POST, prefix="new_field")
    typed = {name: form[name].value() for name in form.fields}
    if field_form.is_valid():
        with refusals_on(field_form):
            made = services.create_field(
                **{key: field_form.cleaned_data[key] for key in ("name", "format", "choices")},
                actor=request.member,
                now=request.now,
            )
            typed[field_key(made.pk)] = ""
            field_form = FieldForm(prefix="new_field", initial={"shown": True})
    unjudged = _new_form(request, bound=False)
    unjudged.initial = typed | {"status": typed.get("status") or Status.NON_SUBSCRIBED}
    return unjudged, field_form
