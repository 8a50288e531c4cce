"""The pages behind the link in a message: unsubscribe, undo, sign up again, correct one's details (CON-66).

A GET changes nothing, because mail scanners open links. A POST acts at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.compliance import queries, registry, services
from quen.apps.compliance.forms.public import DetailsForm
from quen.apps.compliance.types import DataUse, TooLateToUndoUnsubscribe, UnsubscribeMethod
from quen.apps.compliance.views.preference_grid import (
    PreferenceGrid,
    consent_wording,
    masked_address,
    own_addresses,
    preference_grid,
)
from quen.apps.compliance.views.public import PAGES, channel_name, data_open, data_until, with_token
from quen.apps.contacts.types import Consent
from quen.ui.pages import refusals_on

if TYPE_CHECKING:
    from quen.apps.compliance.models import Unsubscribe
    from quen.apps.compliance.views.public import PublicContext
    from quen.apps.contacts.models import Contact


class SubscriptionStatus(StrEnum):
    """What a contact receives from the shop on a channel."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    NOT_ASKED = "not_asked"
    BLOCKED = "blocked"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """What a contact receives on a channel, and whether an unsubscribe can still be undone."""

    status: SubscriptionStatus
    unsubscribe: Unsubscribe | None = None
    may_undo: bool = False

    @property
    def is_subscribed(self) -> bool:
        """Return whether the contact receives advertising."""
        return self.status is SubscriptionStatus.SUBSCRIBED

    @property
    def is_unsubscribed(self) -> bool:
        """Return whether the contact unsubscribed."""
        return self.status is SubscriptionStatus.UNSUBSCRIBED

    @property
    def is_not_asked(self) -> bool:
        """Return whether the contact never gave consent."""
        return self.status is SubscriptionStatus.NOT_ASKED

    @property
    def is_blocked(self) -> bool:
        """Return whether the contact blocked the shop."""
        return self.status is SubscriptionStatus.BLOCKED

    @property
    def is_deleted(self) -> bool:
        """Return whether the contact was deleted or erased."""
        return self.status is SubscriptionStatus.DELETED


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def preferences(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Show the contact's subscription; a POST unsubscribes from this channel or from all, at once."""
    if request.method != "POST":
        return preference_page(public, notices=[_("Saved.")] if "saved" in request.GET else ())
    if public.subject is not None:
        services.unsubscribe(
            contact_id=public.payload.contact_id,
            channel=public.payload.channel,
            method=UnsubscribeMethod.LINK.value,
            all_channels=request.POST.get("scope") == "all",
            message_id=public.payload.message_id,
            now=public.now,
        )
    return redirect(public)


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def one_click(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Unsubscribe by the POST of a mail program (RFC 8058): no redirect, no cookie, idempotent."""
    if request.method != "POST":
        return preference_page(public)
    if public.subject is not None:
        services.unsubscribe(
            contact_id=public.payload.contact_id,
            channel=public.payload.channel,
            method=UnsubscribeMethod.ONE_CLICK.value,
            all_channels=False,
            message_id=public.payload.message_id,
            now=public.now,
        )
    return HttpResponse(_("Unsubscribed."), content_type="text/plain; charset=utf-8")


@require_GET
@with_token
def keep(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Confirm that nothing changed."""
    return preference_page(public, kept=True)


@require_POST
@with_token
def undo(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Undo the unsubscribe and restore the consent of before."""
    contact = public.subject
    unsubscribe = queries.active_unsubscribe(contact.pk, public.payload.channel) if contact else None
    if unsubscribe is not None:
        try:
            services.undo_unsubscribe(unsubscribe=unsubscribe, now=public.now)
        except TooLateToUndoUnsubscribe as error:
            return preference_page(public, error=str(error), status=422)
        return redirect(public, saved=True)
    return redirect(public)


@require_POST
@with_token
def resubscribe(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Record the contact's own opt-in, with the wording of the page."""
    if active_contact(public) is not None:
        services.resubscribe(
            contact_id=public.payload.contact_id,
            channel=public.payload.channel,
            wording=consent_wording(public),
            message_id=public.payload.message_id,
            now=public.now,
        )
    return redirect(public)


@require_POST
@with_token
def unblock(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Remove the contact's own blocks, on every channel."""
    if active_contact(public) is not None:
        services.unblock_everything(
            contact_id=public.payload.contact_id, message_id=public.payload.message_id, now=public.now
        )
    return redirect(public)


@require_POST
@with_token
def details(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Save the contact's corrected name and language."""
    form = DetailsForm(request.POST)
    if active_contact(public) is None or not data_open(public):
        return redirect(public)
    if form.is_valid():
        with refusals_on(form):
            services.correct_details(
                contact_id=public.payload.contact_id,
                workspace=public.workspace,
                now=public.now,
                **form.cleaned_data,
            )
            public.query = f"?lang={form.cleaned_data['language']}"
            return redirect(public, saved=True)
    return preference_page(public, form=form, status=422)


def subscription_state(contact: Contact | None, public: PublicContext) -> SubscriptionState:
    """Return what a contact receives on the channel of the link."""
    if contact is None or contact.deleted_at is not None:
        return SubscriptionState(SubscriptionStatus.DELETED)
    channel = public.payload.channel
    if contact.consent(channel) == Consent.BLOCKED:
        return SubscriptionState(SubscriptionStatus.BLOCKED)
    unsubscribe = queries.active_unsubscribe(contact.pk, channel)
    if services.has_refused(contact, channel):
        limit = public.now - timedelta(hours=services.UNDO_HOURS)
        return SubscriptionState(
            SubscriptionStatus.UNSUBSCRIBED,
            unsubscribe,
            may_undo=unsubscribe is not None and unsubscribe.at > limit,
        )
    gets = services.gets_advertising(contact, channel)
    return SubscriptionState(SubscriptionStatus.SUBSCRIBED if gets else SubscriptionStatus.NOT_ASKED)


def preference_page(
    public: PublicContext,
    *,
    form: DetailsForm | None = None,
    kept: bool = False,
    notices: Sequence[str] = (),
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return the page. notices: what was just done."""
    contact = active_contact(public)
    subscription = subscription_state(public.subject, public)
    knows = contact is not None and data_open(public)
    grid = preference_grid(contact, public) if contact is not None else None
    context: dict[str, Any] = {
        "subscription": subscription,
        "heading": _heading(
            subscription, public, name=_name(contact) if knows and contact else "", grid=grid
        ),
        "kept": kept,
        "notices": notices,
        "error": error,
        "wording": consent_wording(public),
        "channel": channel_name(public.payload.channel),
        "sender": queries.sender_block(public.workspace),
        "grid": grid if grid is not None and grid.is_shown else None,
        "data_until": data_until(public),
        "form": None,
    }
    if contact is not None:
        context["address"] = masked_address(contact, public.payload.channel)
        answers = queries.purpose_answers(contact.pk)
        context["uses"] = [
            (each.value, each.label, use_wording(each, public), answers.get(each.value) == Consent.GRANTED)
            for each in DataUse
        ]
    if contact is not None and knows:
        desk = registry.request_desk()
        initial = {"full_name": contact.full_name, "language": public.language}
        context |= {
            "form": form or DetailsForm(initial=initial),
            "addresses": own_addresses(contact),
            "asking": desk.kinds() if desk is not None else (),
            "asked": desk.open_of(contact.pk) if desk is not None else (),
        }
    return PAGES.render(public, "compliance/public/preferences.html", context, status=status)


def _name(contact: Contact) -> str:
    called = contact.call_name or contact.given_name or contact.full_name
    return f"{contact.salutation} {called}".strip() if called else ""


def _heading(
    subscription: SubscriptionState, public: PublicContext, *, name: str, grid: PreferenceGrid | None
) -> str:
    values = {
        "name": name[:1].upper() + name[1:],
        "shop": public.brand,
        "channel": channel_name(public.payload.channel),
    }
    match subscription.status:
        case SubscriptionStatus.DELETED:
            return _("We no longer contact you")
        case SubscriptionStatus.BLOCKED:
            return _("You have blocked %(shop)s") % values
        case SubscriptionStatus.NOT_ASKED:
            return _("You aren't subscribed to %(shop)s") % values
        case SubscriptionStatus.SUBSCRIBED:
            if grid is not None and grid.is_shown:
                own = _("%(name)s, what would you like to hear from %(shop)s?")
                return (own if name else _("What would you like to hear from %(shop)s?")) % values
            return _("News from %(shop)s") % values
        case SubscriptionStatus.UNSUBSCRIBED:
            if subscription.unsubscribe is not None and subscription.unsubscribe.all_channels:
                return _("You no longer get advertising from %(shop)s") % values
            return _("You no longer get advertising by %(channel)s") % values


def use_wording(purpose: DataUse, public: PublicContext) -> str:
    """Return what a person agrees to by ticking another use of their data."""
    text = {
        DataUse.ADS: _(
            "%(shop)s may hand my email and phone number to advertising platforms to show me its advertising there."
            " I can refuse at any time, free of charge."
        ),
        DataUse.POST: _(
            "%(shop)s may send me advertising by post to my address. I can refuse at any time, free of charge."
        ),
    }[purpose]
    return text % {"shop": public.brand}


def active_contact(public: PublicContext) -> Contact | None:
    """Return the contact of the link unless they were deleted or erased."""
    return public.subject if public.subject is not None and public.subject.deleted_at is None else None


def redirect(public: PublicContext, *, saved: bool = False) -> HttpResponse:
    """Return to the page. saved: say so there."""
    query = public.query
    if saved:
        query = f"{query}&saved=1" if query else "?saved=1"
    return HttpResponseRedirect(f"/u/{public.token}/{query}")
