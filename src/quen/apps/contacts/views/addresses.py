"""The further addresses of a contact: listed, added, edited, deleted, made the default one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.addresses import AddressForm
from quen.apps.contacts.forms.error_messages import domain_errors_on
from quen.apps.contacts.types import ContactRight
from quen.apps.contacts.views.presenters import address_text
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, success

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

TEMPLATE = "contacts/contact/addresses.html"


@allowed(ContactRight.VIEW)
@require_GET
def contact_addresses(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """List the further addresses of a contact."""
    contact = queries.get_contact(contact_id)
    context: dict[str, Any] = {
        "contact": contact,
        "addresses": [(each.pk, address_text(each)) for each in queries.addresses_of(contact.pk)],
        "may_edit": request.member.can(ContactRight.EDIT),
    }
    return page(request, TEMPLATE, context, part="panel")


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def contact_address_new(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Add a further address."""
    contact = queries.get_contact(contact_id)
    form = AddressForm(request.POST if request.method == "POST" else None, workspace=request.workspace)
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            services.add_address(
                workspace=request.workspace,
                contact=contact,
                values=form.values(),
                actor=request.actor,
                now=request.now,
            )
            return success(request, message=_("Address added."), to=_page_of(contact))
    return _form_page(request, contact, form, _("Add an address"))


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def contact_address(request: WorkspaceRequest, contact_id: int, address_id: int) -> HttpResponse:
    """Edit a further address."""
    contact = queries.get_contact(contact_id)
    found = queries.get_address(contact_id=contact.pk, address_id=address_id)
    data = request.POST if request.method == "POST" else None
    form = AddressForm(data, workspace=request.workspace, address=found)
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            services.update_address(
                workspace=request.workspace,
                address=found,
                values=form.values(),
                actor=request.actor,
                now=request.now,
            )
            return success(request, message=_("Saved."), to=_page_of(contact))
    return _form_page(request, contact, form, _("Edit the address"))


@allowed(ContactRight.EDIT)
@require_POST
def contact_address_default(request: WorkspaceRequest, contact_id: int, address_id: int) -> HttpResponse:
    """Make a further address the default one."""
    found = queries.get_address(contact_id=contact_id, address_id=address_id)
    services.make_address_default(
        workspace=request.workspace, address=found, actor=request.actor, now=request.now
    )
    return success(request, message=_("This is the default address now."), to=_page_of(found.contact))


@allowed(ContactRight.EDIT)
@require_POST
def contact_address_delete(request: WorkspaceRequest, contact_id: int, address_id: int) -> HttpResponse:
    """Delete a further address."""
    found = queries.get_address(contact_id=contact_id, address_id=address_id)
    services.delete_address(address=found, actor=request.actor, now=request.now)
    return success(request, message=_("Address deleted."), to=_page_of(found.contact))


def _page_of(contact: Contact) -> str:
    return reverse("contacts:contact", args=[contact.pk])


def _form_page(request: WorkspaceRequest, contact: Contact, form: AddressForm, title: str) -> HttpResponse:
    back = (_page_of(contact), str(contact))
    context = {"form": form, "title": title, "save": _("Save address"), "back": back}
    return page(request, "contacts/form_page.html", context)
