"""The groups of one contact, on the contact's page."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import ContactRight
from quen.apps.groups import queries, services
from quen.apps.groups.forms import ContactGroupsForm
from quen.apps.groups.types import GroupRight
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.ui.pages import page, refusals_on, success, wants_part
from quen.ui.toasts import add_hx_trigger


@allowed(ContactRight.VIEW)
@require_http_methods(["GET", "POST"])
def contact_groups(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show the groups a contact is in, with since when; or change them. New names create groups."""
    contact = contacts.get_contact(contact_id)
    may_edit = request.member.can(GroupRight.EDIT)
    context = {"contact": contact, "may_edit": may_edit, "rows": queries.groups_of(contact.pk)}
    template = "groups/contact.html"
    if request.method == "GET" and "edit" not in request.GET:
        return page(request, template, context, part="shown")
    ensure(request.member, GroupRight.EDIT)
    initial = {"groups": [joined.group.name for joined in queries.groups_of(contact.pk)]}
    form = ContactGroupsForm(request.POST if request.method == "POST" else None, initial=initial)
    context["form"] = form
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            chosen = services.ensure_groups(form.cleaned_data["groups"], actor=request.actor, now=request.now)
            services.set_groups_of(contact=contact, groups=chosen, actor=request.actor, now=request.now)
            if not wants_part(request):
                return success(
                    request, message=_("Saved."), to=reverse("contacts:contact", args=[contact.pk])
                )
            saved = {"contact": contact, "may_edit": may_edit, "rows": queries.groups_of(contact.pk)}
            response = page(request, template, saved, part="shown")
            add_hx_trigger(response, event="contact:timeline_changed")
            return response
    return page(request, template, context, part="form")
