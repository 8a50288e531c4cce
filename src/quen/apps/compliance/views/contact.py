"""The panel on a customer's page: unsubscribes and suppressed addresses, and unsubscribing on their behalf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.compliance import queries, registry, services
from quen.apps.compliance.forms.suppressions import ALL_CHANNELS, UnsubscribeForm
from quen.apps.compliance.models import Unsubscribe
from quen.apps.compliance.types import DataUse, SuppressionCause, UnsubscribeMethod
from quen.apps.compliance.views.suppressions import display_address
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel, Consent, ContactRight
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.ui.pages import page, success

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

_PAGE = "compliance/contact.html"
_MAX_UNSUBSCRIBES = 3
#: how an answer about another use of the data looks: words, colour, icon
_USE_STYLES = {
    Consent.NEVER_ASKED: (gettext_lazy("never asked"), "text-ink-3", "circle-dashed"),
    Consent.GRANTED: (gettext_lazy("agreed"), "up", "check"),
    Consent.WITHDRAWN: (gettext_lazy("refused"), "down", "ban"),
}


@allowed(ContactRight.VIEW)
@require_GET
def contact_panel(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show a contact's latest unsubscribes and the suppressions of their addresses."""
    contact = contacts.get_contact(contact_id)
    latest = queries.contact_unsubscribes(contact.pk)[:_MAX_UNSUBSCRIBES]
    suppressions = queries.suppressions_for(email=contact.email, phone=contact.phone)
    answers = queries.purpose_answers(contact.pk)
    context = {
        "contact": contact,
        "uses": [
            (each.value, each.label, *_USE_STYLES[answers.get(each.value, Consent.NEVER_ASKED)])
            for each in DataUse
        ],
        "unsubscribes": [(each, _scope_label(each), _state_label(each)) for each in latest],
        "suppressed": [
            (display_address(each), Channel(each.channel).label, SuppressionCause(each.cause).label)
            for each in suppressions
        ],
        "may_unsubscribe": request.member.can(ContactRight.EDIT),
        "contact_url": workspace_path(f"/contacts/{contact.pk}/"),
    }
    return page(request, _PAGE, context, part="panel")


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def unsubscribe_contact(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Unsubscribe a contact who told staff so; effective at once (CHN-24)."""
    contact = contacts.get_contact(contact_id)
    contact_url = workspace_path(f"/contacts/{contact.pk}/")
    form = UnsubscribeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        scope = form.cleaned_data["scope"]
        all_channels = scope == ALL_CHANNELS
        services.unsubscribe(
            contact_id=contact.pk,
            channel=_main_channel(contact) if all_channels else scope,
            method=form.cleaned_data["method"],
            all_channels=all_channels,
            message_id=None,
            actor=request.actor,
            now=request.now,
        )
        message = _("%(name)s was unsubscribed.") % {"name": contact}
        return success(request, message=message, event="contact:changed", to=contact_url)
    return page(request, _PAGE, {"contact": contact, "form": form, "contact_url": contact_url}, part="form")


def _main_channel(contact: Contact) -> str:
    """Return the first channel on which the contact has an address."""
    policies = registry.policies()
    reachable = (policy for policy in policies if policy.address and getattr(contact, policy.address))
    return next(reachable, policies[0]).channel


def _scope_label(unsubscribe: Unsubscribe) -> str:
    return (
        _("All advertising from the shop")
        if unsubscribe.all_channels
        else str(Channel(unsubscribe.channel).label)
    )


def _state_label(unsubscribe: Unsubscribe) -> str:
    if unsubscribe.undone_at:
        return _("Undone by the customer")
    if unsubscribe.resubscribed_at:
        return _("Resubscribed later")
    method = (
        str(UnsubscribeMethod(unsubscribe.method).label)
        if unsubscribe.method in UnsubscribeMethod.values
        else unsubscribe.method
    )
    return f"{method} · {unsubscribe.member_name}" if unsubscribe.member_name else method
