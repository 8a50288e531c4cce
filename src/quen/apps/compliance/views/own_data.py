"""What a person does on their page beside leaving: choose topics, block everything, ask for data, change an address."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.compliance import queries, registry, services
from quen.apps.compliance.forms.public import AddressCodeForm, AskForm, NewAddressForm
from quen.apps.compliance.types import AddressNotValid
from quen.apps.compliance.views.preference_grid import (
    consent_wording,
    mask_address,
    masked_address,
    own_addresses,
    preference_grid,
    wanted_from,
)
from quen.apps.compliance.views.public import PAGES, channel_name, data_open, with_token
from quen.apps.compliance.views.unsubscribe import active_contact, preference_page, redirect
from quen.apps.contacts.types import Channel, EmailInUse, PhoneInUse
from quen.core.ratelimit import RateLimit

if TYPE_CHECKING:
    from quen.apps.compliance.services import ChosenPreferences
    from quen.apps.compliance.views.public import PublicContext
    from quen.apps.contacts.models import Contact

_SALT = "compliance.new_address"
_CODE_DIGITS, _CODE_MINUTES = 6, 15
#: nobody fills a stranger's inbox by means of their own link
_MESSAGE_LIMIT = RateLimit("compliance.own_message", "5/hour")
#: six digits are not guessed
_CODE_LIMIT = RateLimit("compliance.own_code", "10/hour")
#: each request is news to members of the shop
_REQUEST_LIMIT = RateLimit("compliance.own_request", "5/hour")
#: the channels that reach an address, the first that can be used is taken
_CHANNELS_OF = {"email": (Channel.EMAIL.value,), "phone": (Channel.SMS.value, Channel.ZALO.value)}


@require_POST
@with_token
def choose(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Save what the person ticked; effective at once."""
    contact = active_contact(public)
    if contact is None:
        return redirect(public)
    grid = preference_grid(contact, public)
    outcome = services.save_preferences(
        contact_id=contact.pk,
        link_channel=public.payload.channel,
        wanted=wanted_from(contact, public, request.POST.getlist("want")),
        shown_on=request.POST.getlist("on"),
        wordings={channel: consent_wording(public, channel) for channel, _label in grid.channels},
        message_id=public.payload.message_id,
        now=public.now,
    )
    notices = _notices(outcome, contact, public)
    public.subject.refresh_from_db()  # type: ignore[union-attr]  # active: there is one
    return preference_page(public, notices=notices)


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def block(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Say what blocking everything means; a POST does it."""
    contact = active_contact(public)
    if contact is None:
        return redirect(public)
    if request.method == "POST":
        services.block_everything(contact_id=contact.pk, message_id=public.payload.message_id, now=public.now)
        return redirect(public)
    text = _(
        "%(shop)s won't send you anything any more, on any channel: no news, and nothing about your orders, payments "
        "or points either. You can unblock on this page at any time."
    )
    return _step(
        public, _("Block every message?"), text % {"shop": public.brand}, button=_("Block every message")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def ask(request: HttpRequest, public: PublicContext, kind: str) -> HttpResponse:
    """Say what a request means and until when it is answered; a POST makes it."""
    contact, desk = active_contact(public), registry.request_desk()
    asked = next((each for each in desk.kinds() if each.key == kind), None) if desk is not None else None
    if contact is None or desk is None or asked is None or not data_open(public):
        return redirect(public)
    form = AskForm(request.POST if request.method == "POST" else None)
    if not asked.asks:
        del form.fields["words"]
    if request.method == "POST" and form.is_valid():
        if not _REQUEST_LIMIT.allows(_limit_key(public)):
            return preference_page(public, error=_("Too many attempts. Try again in an hour."), status=429)
        desk.make(contact.pk, kind, form.cleaned_data.get("words", ""), public.now)
        return redirect(public, saved=True)
    return _step(public, asked.label, asked.explanation, button=_("Send the request"), form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def address(request: HttpRequest, public: PublicContext, column: str) -> HttpResponse:
    """Take a new email or phone and send a code to it; without a channel that reaches it, make a request of it."""
    contact = active_contact(public)
    label = (
        next((label for key, label, _now in own_addresses(contact) if key == column), "") if contact else ""
    )
    if contact is None or not label or not data_open(public):
        return redirect(public)
    form = NewAddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            parsed = services.parse_address(_CHANNELS_OF[column][0], form.cleaned_data["address"])
        except AddressNotValid as refusal:
            form.add_error("address", str(refusal))
        else:
            return _send_code(public, contact, column, parsed)
    heading = _("Change your email") if column == "email" else _("Change your phone number")
    text = _("We send a code to the new one, to be sure that it is yours.")
    return _step(public, heading, text, button=_("Continue"), form=form)


@require_POST
@with_token
def address_code(request: HttpRequest, public: PublicContext) -> HttpResponse:
    """Save the new address once the code that was sent to it is entered."""
    contact = active_contact(public)
    form = AddressCodeForm(request.POST)
    if contact is None or not data_open(public):
        return redirect(public)
    form.is_valid()
    if not _CODE_LIMIT.allows(_limit_key(public)):
        return preference_page(public, error=_("Too many attempts. Try again in an hour."), status=429)
    try:
        sealed = signing.loads(
            form.cleaned_data.get("sealed", ""), salt=_SALT, max_age=timedelta(minutes=_CODE_MINUTES)
        )
    except signing.BadSignature:
        return preference_page(public, error=_("The code has expired. Start again."), status=422)
    column, value, digest = sealed["column"], sealed["value"], sealed["digest"]
    typed = form.cleaned_data.get("code", "").strip()
    if sealed["contact"] != contact.pk or not constant_time_compare(
        digest, _digest(value, typed, contact.pk)
    ):
        form.add_error("code", _("This isn't the code we sent."))
        return _code_page(public, form, value)
    try:
        services.correct_details(
            contact_id=contact.pk, workspace=public.workspace, now=public.now, **{column: value}
        )
    except (EmailInUse, PhoneInUse):
        # Nobody learns here whose address it is: staff find out whether the two are one person.
        _ask_to_correct(contact, column, value, public)
    return redirect(public, saved=True)


def _may_send(public: PublicContext) -> bool:
    return _MESSAGE_LIMIT.allows(_limit_key(public))


def _limit_key(public: PublicContext) -> str:
    return f"{public.payload.workspace_id}-{public.payload.contact_id}"


def _send_code(public: PublicContext, contact: Contact, column: str, value: str) -> HttpResponse:
    if not _may_send(public):
        return preference_page(public, error=_("Too many attempts. Try again in an hour."), status=429)
    code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}d}"
    text = _(
        "Your code: %(code)s. Enter it within %(minutes)d minutes. If you didn't ask for it, do nothing."
    )
    sent = any(
        registry.send_own_message(
            channel=channel,
            address=value,
            contact_id=contact.pk,
            language=public.language,
            subject=_("%(shop)s: your code") % {"shop": public.brand},
            text=text % {"code": code, "minutes": _CODE_MINUTES},
            now=public.now,
        )
        for channel in _CHANNELS_OF[column]
    )
    if not sent:
        _ask_to_correct(contact, column, value, public)
        return preference_page(
            public, notices=[_("Your request has been received. The shop will check it and answer you.")]
        )
    sealed = signing.dumps(
        {"contact": contact.pk, "column": column, "value": value, "digest": _digest(value, code, contact.pk)},
        salt=_SALT,
    )
    return _code_page(public, AddressCodeForm(initial={"sealed": sealed}), value)


def _code_page(public: PublicContext, form: AddressCodeForm, value: str) -> HttpResponse:
    text = _("We sent a code to %(address)s.") % {"address": mask_address(value)}
    action = reverse("unsubscribe_address_code", args=[public.token])
    return _step(public, _("Enter the code"), text, button=_("Save"), form=form, action=action)


def _digest(value: str, code: str, contact_id: int) -> str:
    return salted_hmac(_SALT, f"{contact_id}:{value}:{code}", algorithm="sha256").hexdigest()


def _ask_to_correct(contact: Contact, column: str, value: str, public: PublicContext) -> None:
    desk = registry.request_desk()
    if desk is not None:
        label = {key: label for key, label, _now in own_addresses(contact)}[column]
        desk.make(contact.pk, "correct", f"{label}: {value}", public.now)


def _notices(outcome: ChosenPreferences, contact: Contact, public: PublicContext) -> list[str]:
    notices = [
        _("You no longer get advertising by %(channel)s.") % {"channel": channel_name(channel)}
        for channel in outcome.left
    ]
    for channel in outcome.to_confirm:
        values = {"channel": channel_name(channel), "address": masked_address(contact, channel)}
        sent = _may_send(public) and registry.send_own_message(
            channel=channel,
            address=str(getattr(contact, registry.policy(channel).address or "") or ""),
            contact_id=contact.pk,
            language=public.language,
            subject=_("%(shop)s: please confirm") % {"shop": public.brand},
            text=_confirmation_text(contact, channel, public),
            now=public.now,
        )
        text = (
            _("You had refused %(channel)s. We sent a message to %(address)s: confirm there.")
            if sent
            else _(
                "You had refused %(channel)s. To get it again, open the link in a message on that channel."
            )
        )
        notices.append(text % values)
    if outcome.joined or outcome.topics or not notices:
        notices.insert(0, _("Saved."))
    return notices


def _confirmation_text(contact: Contact, channel: str, public: PublicContext) -> str:
    url = queries.unsubscribe_url(
        workspace_id=public.workspace.pk, contact_id=contact.pk, message_id=None, channel=channel
    )
    text = _(
        "You chose to hear from %(shop)s by %(channel)s again. To confirm, open %(url)s and choose “Subscribe again”. "
        "If it wasn't you, do nothing."
    )
    return text % {"shop": public.brand, "channel": channel_name(channel), "url": url}


def _step(
    public: PublicContext,
    heading: str,
    text: str,
    *,
    button: str,
    form: forms.Form | None = None,
    action: str = "",
) -> HttpResponse:
    values = {
        "heading": heading,
        "text": text,
        "button": button,
        "form": form,
        "action": action,
        "sender": queries.sender_block(public.workspace),
    }
    status = 422 if form is not None and form.errors else 200
    return PAGES.render(public, "compliance/public/own_data.html", values, status=status)
