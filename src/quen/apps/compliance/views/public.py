"""Access to the pages behind an unsubscribe link: the token identifies the contact, no session and no cookie does."""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from quen.apps.accounts.access import PublicPages, PublicVisit
from quen.apps.compliance import queries, services
from quen.apps.compliance.rules.tokens import UnsubscribeToken
from quen.apps.compliance.types import UnsubscribeMethod
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel
from quen.core.ratelimit import RateLimit

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

    #: the subject is the contact of the link, None once erased
    PublicContext = PublicVisit[UnsubscribeToken, Contact | None]


#: the views whose POST unsubscribes
_UNSUBSCRIBING = {"preferences": UnsubscribeMethod.LINK, "one_click": UnsubscribeMethod.ONE_CLICK}
_RETRY_SECONDS = "300"
#: a message may be passed on, or be read years later by whoever has the mailbox then
DATA_DAYS = 30


def _load(payload: UnsubscribeToken) -> Contact | None:
    return contacts.find_including_deleted(payload.contact_id)


def _language(contact: Contact | None) -> str:
    return contact.language if contact else ""


def _url(token: str) -> str:
    return reverse("unsubscribe", args=[token])


def data_until(public: PublicVisit[UnsubscribeToken, Contact | None]) -> date | None:
    """Return the last day on which the link shows the person's data; None for a link without a day."""
    issued_on = public.payload.issued_on
    return issued_on + timedelta(days=DATA_DAYS) if issued_on else None


def data_open(public: PublicVisit[UnsubscribeToken, Contact | None]) -> bool:
    """Return whether the link still shows the person's data. Leaving never expires, this does."""
    until = data_until(public)
    return until is not None and public.now.date() <= until


def channel_name(channel: str) -> str:
    """Return a channel's name for the middle of a sentence: lower case, but SMS and Zalo are names."""
    label = str(Channel(channel).label)
    return label if channel in (Channel.SMS, Channel.ZALO) else label.lower()


def _away(request: HttpRequest, view: str, public: PublicVisit[UnsubscribeToken, None]) -> HttpResponse:
    """Store an unsubscribe, to be effective before anything else is sent; everything else has to wait."""
    method = _UNSUBSCRIBING.get(view)
    if request.method != "POST":
        return _away_page(public, recorded=request.GET.get("recorded", "")) if method else _wait(public)
    if method is None:
        return _wait(public)
    scope = "all" if view == "preferences" and request.POST.get("scope") == "all" else "channel"
    services.store_unsubscribe(
        payload=public.payload, method=method.value, all_channels=scope == "all", now=public.now
    )
    if method is UnsubscribeMethod.ONE_CLICK:
        return HttpResponse(_("Unsubscribed."), content_type="text/plain; charset=utf-8")
    separator = "&" if public.query else "?"
    return HttpResponseRedirect(f"{_url(public.token)}{public.query}{separator}recorded={scope}")


def _wait(public: PublicVisit[UnsubscribeToken, None]) -> HttpResponse:
    response = _away_page(public, waits=True, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = _RETRY_SECONDS
    return response


def _away_page(
    public: PublicVisit[UnsubscribeToken, None], *, recorded: str = "", waits: bool = False, status: int = 200
) -> HttpResponse:
    values = {"shop": public.brand, "channel": channel_name(public.payload.channel)}
    heading = {
        "all": _("You no longer get advertising from %(shop)s"),
        "channel": _("You no longer get advertising by %(channel)s"),
    }.get(recorded, _("News from %(shop)s"))
    context = {
        "heading": heading % values,
        "channel": values["channel"],
        "is_recorded": recorded in ("all", "channel"),
        "for_all": recorded == "all",
        "waits": waits,
        "sender": queries.sender_block(public.workspace),
    }
    return PAGES.render(public, "compliance/public/away.html", context, status=status)


PAGES: PublicPages[UnsubscribeToken, Contact | None] = PublicPages(
    decode=queries.decode_token,
    load=_load,
    language=_language,
    url=_url,
    # Counted by contact, not by IP address: mail providers post for many recipients from one address.
    post_limit=RateLimit("compliance.unsubscribe", "30/minute"),
    limit_key=lambda payload: f"{payload.workspace_id}-{payload.contact_id}",
    invalid_limit=RateLimit("compliance.invalid_token", "60/minute"),
    invalid_template="compliance/public/invalid_link.html",
    away=_away,
)
with_token = PAGES.view
