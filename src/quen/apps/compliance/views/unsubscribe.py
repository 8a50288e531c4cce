"""The pages behind the link in a message: unsubscribe, undo, sign up again, correct one's details (CON-66).

A GET changes nothing, because mail scanners open links. A POST acts at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.compliance import queries, registry, services
from quen.apps.compliance.forms.public import DetailsForm
from quen.apps.compliance.types import TooLateToUndoUnsubscribe, UnsubscribeMethod
from quen.apps.compliance.views.public import PAGES, channel_name, with_token
from quen.apps.contacts.types import Consent, Status
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
        return _page(public, saved="saved" in request.GET)
    if public.subject is not None:
        services.unsubscribe(
            contact_id=public.payload.contact_id,
            channel=public.payload.channel,
            method=UnsubscribeMethod.LINK.value,
            all_channels=request.POST.get("scope") == "all",
            message_id=public.payload.message_id,
            now=public.now,
        )
    return _redirect(public)


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def one_click(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Unsubscribe by the POST of a mail program (RFC 8058): no redirect, no cookie, idempotent."""
    if request.method != "POST":
        return _page(public)
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
    return _page(public, kept=True)


@require_POST
@with_token
def undo(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Undo the unsubscribe and restore the consent of before."""
    unsubscribe = queries.active_unsubscribe(public.payload.contact_id, public.payload.channel)
    if unsubscribe is not None:
        try:
            services.undo_unsubscribe(unsubscribe=unsubscribe, now=public.now)
        except TooLateToUndoUnsubscribe as error:
            return _page(public, error=str(error), status=422)
        public.query = f"{public.query}&saved=1" if public.query else "?saved=1"
    return _redirect(public)


@require_POST
@with_token
def resubscribe(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Record the contact's own opt-in, with the wording of the page."""
    if _active_contact(public) is not None:
        services.resubscribe(
            contact_id=public.payload.contact_id,
            channel=public.payload.channel,
            wording=consent_wording(public),
            message_id=public.payload.message_id,
            now=public.now,
        )
    return _redirect(public)


@require_POST
@with_token
def unblock(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Remove the contact's own block."""
    if _active_contact(public) is not None:
        services.unblock(contact_id=public.payload.contact_id, channel=public.payload.channel, now=public.now)
    return _redirect(public)


@require_POST
@with_token
def details(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Save the contact's corrected name and language."""
    form = DetailsForm(request.POST)
    if _active_contact(public) is None:
        return _redirect(public)
    if form.is_valid():
        with refusals_on(form):
            services.correct_details(
                contact_id=public.payload.contact_id,
                workspace=public.workspace,
                now=public.now,
                **form.cleaned_data,
            )
            public.query = f"?lang={form.cleaned_data['language']}&saved=1"
            return _redirect(public)
    return _page(public, form=form, status=422)


def consent_wording(public: PublicContext) -> str:
    """Return the text a contact agrees to: content, channel, maximum frequency, and that they may stop at any time.

    Personal Data Protection Law 91/2025 Art. 28 requires content, method, form and frequency.
    """
    cap = queries.channel_rules(public.payload.channel).daily_cap
    sentence = ngettext(
        "I agree that %(shop)s sends me news and offers by %(channel)s, at most %(cap)s message in 24 hours."
        " I can refuse at any time, free of charge.",
        "I agree that %(shop)s sends me news and offers by %(channel)s, at most %(cap)s messages in 24 hours."
        " I can refuse at any time, free of charge.",
        cap,
    )
    channel = channel_name(public.payload.channel)
    return sentence % {
        "shop": public.brand,
        "channel": channel,
        "cap": cap,
    }


def subscription_state(contact: Contact | None, public: PublicContext) -> SubscriptionState:
    """Return what a contact receives on the channel of the link."""
    if contact is None or contact.deleted_at is not None:
        return SubscriptionState(SubscriptionStatus.DELETED)
    channel = public.payload.channel
    consent = contact.consent(channel)
    by_status = registry.policy(channel).needs_subscribed_status
    if consent == Consent.BLOCKED:
        return SubscriptionState(SubscriptionStatus.BLOCKED)
    unsubscribe = queries.active_unsubscribe(contact.pk, channel)
    if consent == Consent.WITHDRAWN or (by_status and contact.status == Status.UNSUBSCRIBED):
        limit = public.now - timedelta(hours=services.UNDO_HOURS)
        return SubscriptionState(
            SubscriptionStatus.UNSUBSCRIBED,
            unsubscribe,
            may_undo=unsubscribe is not None and unsubscribe.at > limit,
        )
    granted = consent == Consent.GRANTED and (not by_status or contact.status == Status.SUBSCRIBED)
    return SubscriptionState(SubscriptionStatus.SUBSCRIBED if granted else SubscriptionStatus.NOT_ASKED)


def mask_address(address: str) -> str:
    """Return an address its owner recognises and others cannot read: l•••@thu.vn."""
    name, at, host = address.partition("@")
    return f"{name[:1]}•••{at}{host}" if at else f"•••{address[-3:]}"


def _page(
    public: PublicContext,
    *,
    form: DetailsForm | None = None,
    kept: bool = False,
    saved: bool = False,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    contact = _active_contact(public)
    subscription = subscription_state(public.subject, public)
    context: dict[str, Any] = {
        "subscription": subscription,
        "heading": _heading(subscription, public),
        "kept": kept,
        "saved": saved,
        "error": error,
        "wording": consent_wording(public),
        "channel": channel_name(public.payload.channel),
        "sender": queries.sender_block(public.workspace),
        "form": None,
    }
    if contact is not None:
        column = registry.policy(public.payload.channel).address
        address = str(getattr(contact, column) or "") if column else ""
        initial = {"full_name": contact.full_name, "language": public.language}
        context |= {"form": form or DetailsForm(initial=initial), "address": mask_address(address)}
    return PAGES.render(public, "compliance/public/preferences.html", context, status=status)


def _heading(subscription: SubscriptionState, public: PublicContext) -> str:
    values = {
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
            return _("News from %(shop)s") % values
        case SubscriptionStatus.UNSUBSCRIBED:
            if subscription.unsubscribe is not None and subscription.unsubscribe.all_channels:
                return _("You no longer get advertising from %(shop)s") % values
            return _("You no longer get advertising by %(channel)s") % values


def _active_contact(public: PublicContext) -> Contact | None:
    return public.subject if public.subject is not None and public.subject.deleted_at is None else None


def _redirect(public: PublicContext) -> HttpResponse:
    return HttpResponseRedirect(f"/u/{public.token}/{public.query}")
