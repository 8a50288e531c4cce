"""Behind the link in a message: see what the shop may send, refuse, take it back, come back, correct (CON-66).

Opening a page changes nothing, because mail scanners open links. Pressing a button acts at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.compliance import queries, services
from quen.apps.compliance.forms.public import DetailsForm
from quen.apps.compliance.types import RefusalWay, TooLateToUndoRefusal
from quen.apps.compliance.views.doors import Visit, by_ticket, shown
from quen.apps.contacts.types import Channel, Consent, Status
from quen.ui.pages import refusals_on

if TYPE_CHECKING:
    from quen.apps.compliance.models import Refusal
    from quen.apps.contacts.models import Contact

RECEIVES, REFUSED, NOT_ASKED, BLOCKED, GONE = "receives", "refused", "not_asked", "blocked", "gone"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands with the shop on a channel."""

    state: str
    refusal: Refusal | None = None
    may_undo: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
@by_ticket
def choice(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show where the person stands; a POST refuses this channel or everything, at once."""
    if request.method != "POST":
        return _page(visit, saved="saved" in request.GET)
    if visit.person is not None:
        services.refuse(
            contact_id=visit.ticket.contact_id,
            channel=visit.ticket.channel,
            way=RefusalWay.LINK.value,
            everything=request.POST.get("scope") == "everything",
            message_id=visit.ticket.message_id,
            now=visit.now,
        )
    return _back(visit)


@require_http_methods(["GET", "HEAD", "POST"])
@by_ticket
def one_click(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take the refusal a mail program posts for its reader (RFC 8058): no redirect, no cookie, the same twice."""
    if request.method != "POST":
        return _page(visit)
    if visit.person is not None:
        services.refuse(
            contact_id=visit.ticket.contact_id,
            channel=visit.ticket.channel,
            way=RefusalWay.ONE_CLICK.value,
            everything=False,
            message_id=visit.ticket.message_id,
            now=visit.now,
        )
    return HttpResponse(_("Unsubscribed."), content_type="text/plain; charset=utf-8")


@require_GET
@by_ticket
def stay(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say that nothing changed."""
    return _page(visit, stayed=True)


@require_POST
@by_ticket
def undo(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put back exactly what held before the refusal."""
    refusal = queries.standing_refusal(visit.ticket.contact_id, visit.ticket.channel)
    if refusal is not None:
        try:
            services.undo_refusal(refusal=refusal, now=visit.now)
        except TooLateToUndoRefusal as late:
            return _page(visit, refused_words=str(late), status=422)
        visit.query = f"{visit.query}&saved=1" if visit.query else "?saved=1"
    return _back(visit)


@require_POST
@by_ticket
def coming_back(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Record the person's own opt-in with the words they read."""
    if _living(visit) is not None:
        services.come_back(
            contact_id=visit.ticket.contact_id,
            channel=visit.ticket.channel,
            wording=wording(visit),
            message_id=visit.ticket.message_id,
            now=visit.now,
        )
    return _back(visit)


@require_POST
@by_ticket
def unblocking(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Lift the person's own block."""
    if _living(visit) is not None:
        services.unblock(contact_id=visit.ticket.contact_id, channel=visit.ticket.channel, now=visit.now)
    return _back(visit)


@require_POST
@by_ticket
def details(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Write what the person corrects about themself."""
    form = DetailsForm(request.POST)
    if _living(visit) is None:
        return _back(visit)
    if form.is_valid():
        with refusals_on(form):
            services.correct_details(
                contact_id=visit.ticket.contact_id,
                workspace=visit.workspace,
                now=visit.now,
                **form.cleaned_data,
            )
            visit.query = f"?lang={form.cleaned_data['language']}&saved=1"
            return _back(visit)
    return _page(visit, form=form, status=422)


def wording(visit: Visit) -> str:
    """Give the words a person agrees to: what, how, how often at most, and that it ends whenever they want.

    Personal Data Protection Law 91/2025 Art. 28 asks for content, method, form and frequency.
    """
    cap = queries.rules().email_cap
    sentence = ngettext(
        "I agree that %(shop)s sends me news and offers by %(channel)s, at most %(cap)s message in 24 hours."
        " I can refuse at any time, free of charge.",
        "I agree that %(shop)s sends me news and offers by %(channel)s, at most %(cap)s messages in 24 hours."
        " I can refuse at any time, free of charge.",
        cap,
    )
    channel = spoken(visit.ticket.channel)
    return sentence % {"shop": visit.workspace.brand or visit.workspace.name, "channel": channel, "cap": cap}


def spoken(channel: str) -> str:
    """Give a channel's name inside a sentence; SMS and Zalo stay names."""
    label = str(Channel(channel).label)
    return label if channel in (Channel.SMS, Channel.ZALO) else label.lower()


def place_of(person: Contact | None, visit: Visit) -> Place:
    """Say where a person stands."""
    if person is None or person.deleted_at is not None:
        return Place(GONE)
    channel = visit.ticket.channel
    consent = person.consent(channel)
    by_mail = channel == Channel.EMAIL
    if consent == Consent.BLOCKED:
        return Place(BLOCKED)
    refusal = queries.standing_refusal(person.pk, channel)
    if consent == Consent.WITHDRAWN or (by_mail and person.status == Status.UNSUBSCRIBED):
        limit = visit.now - timedelta(hours=services.UNDO_HOURS)
        return Place(REFUSED, refusal, may_undo=refusal is not None and refusal.at > limit)
    granted = consent == Consent.GRANTED and (not by_mail or person.status == Status.SUBSCRIBED)
    return Place(RECEIVES if granted else NOT_ASKED)


def masked(address: str) -> str:
    """Give an address so that its owner knows it and others learn little: l•••@thu.vn."""
    name, at, host = address.partition("@")
    return f"{name[:1]}•••{at}{host}" if at else f"•••{address[-3:]}"


def _page(
    visit: Visit,
    *,
    form: DetailsForm | None = None,
    stayed: bool = False,
    saved: bool = False,
    refused_words: str = "",
    status: int = 200,
) -> HttpResponse:
    person = _living(visit)
    place = place_of(visit.person, visit)
    context: dict[str, Any] = {
        "place": place,
        "stayed": stayed,
        "saved": saved,
        "refused_words": refused_words,
        "wording": wording(visit),
        "channel": spoken(visit.ticket.channel),
        "sender": queries.sender_block(visit.workspace),
        "form": None,
    }
    if person is not None:
        address = person.email if visit.ticket.channel == Channel.EMAIL else person.phone
        initial = {"full_name": person.full_name, "language": visit.language}
        context |= {"form": form or DetailsForm(initial=initial), "address": masked(address or "")}
    return shown(visit, "page", context, status=status)


def _living(visit: Visit) -> Contact | None:
    return visit.person if visit.person is not None and visit.person.deleted_at is None else None


def _back(visit: Visit) -> HttpResponse:
    return HttpResponseRedirect(f"/u/{visit.token}/{visit.query}")
