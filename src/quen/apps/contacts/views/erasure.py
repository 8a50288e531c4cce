"""Erasing one person for good: what goes, the reason, and a typed confirmation."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.erasure import ErasureForm
from quen.apps.contacts.types import ContactRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.errors import NotFound
from quen.ui.pages import page, success


@allowed(ContactRight.ERASE)
@require_http_methods(["GET", "POST"])
def contact_erasure(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Erase a contact, deleted or not, with every trace of them (R-57)."""
    contact = queries.find_including_deleted(contact_id)
    if contact is None:
        raise NotFound()
    form = ErasureForm(request.POST if request.method == "POST" else None, name=str(contact))
    is_deleted = contact.deleted_at is not None
    back = reverse("contacts:deleted_list") if is_deleted else reverse("contacts:contact", args=[contact.pk])
    if request.method == "POST" and form.is_valid():
        services.erase_contact(
            contact=contact, reason=form.cleaned_data["reason"], actor=request.actor, now=request.now
        )
        to = reverse("contacts:deleted_list") if is_deleted else reverse("contacts:contact_list")
        return success(request, message=_("Erased for good."), to=to)
    return page(request, "contacts/contact/erasure.html", {"contact": contact, "form": form, "back": back})
