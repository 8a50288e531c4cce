"""The message log: what went to whom, in which state, and what to do about the uncertain."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from quen.apps.channels.types import Outgoing
from quen.apps.contacts import queries as contacts
from quen.apps.delivery import access, queries, services
from quen.apps.delivery.forms import LogForm
from quen.apps.delivery.models import Message
from quen.apps.delivery.types import HitKind
from quen.apps.delivery.views.looks import rows_of
from quen.apps.team.access import WorkspaceRequest, address, allowed
from quen.apps.team.types import Right
from quen.ui.asked import whole
from quen.ui.pages import done, page

EACH, LAUNCHES, ON_PANEL = 50, 100, 5
#: A mail in a frame runs nothing, sends nothing and opens nothing.
_FRAME_POLICY = (
    "default-src 'none'; img-src 'self' https: http: data:; style-src 'unsafe-inline'; form-action 'none';"
    " frame-ancestors 'self'; base-uri 'none'; sandbox"
)


@allowed(Right.VIEW_MESSAGES)
@require_GET
def message_list(request: WorkspaceRequest) -> HttpResponse:
    """List messages, newest first, of what was asked for."""
    form = LogForm(request.GET, launches=queries.recent_launches(LAUNCHES))
    asked = form.wanted(request.workspace.zone)
    before = whole(request.GET.get("before"))
    found = queries.log(**asked)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = rows_of(list(found[: EACH + 1]))
    query = request.GET.copy()
    query["before"] = str(rows[EACH - 1].message.pk) if len(rows) > EACH else ""
    first = request.GET.copy()
    first.pop("before", None)
    context = {
        "form": form,
        "rows": rows[:EACH],
        "filtered": any(value is not None and value != "" for value in asked.values()),
        "older": f"?{query.urlencode()}" if len(rows) > EACH else "",
        "newest": f"?{first.urlencode()}" if before is not None else "",
    }
    return page(request, "delivery/message_list.html", context)


@allowed(Right.VIEW_MESSAGES)
@require_GET
def message(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Show one message: its states with their times, the server's words, what the reader did."""
    found = access.message_for(request.member, message_id)
    (row,) = rows_of([found])
    context = {
        "row": row,
        "found": found,
        "times": [(label, at) for label, at in _times(found) if at],
        "hits": [(HitKind(hit.kind).label, hit) for hit in queries.hits_of(found.pk)],
        "subject": _subject(request, found),
        "may_settle": access.may_settle(request.member, found),
        "person_page": address(f"/contacts/{row.contact_id}/") if row.contact_id else "",
    }
    return page(request, "delivery/message.html", context)


@allowed(Right.VIEW_MESSAGES)
@xframe_options_sameorigin
@require_GET
def words(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Give what a message says, made again, for a closed frame."""
    found = access.message_for(request.member, message_id)
    made = services.words_of(found, now=request.now)
    if isinstance(made, Outgoing):
        html = made.parts["html"] or f"<pre style='white-space:pre-wrap'>{escape(made.parts['text'])}</pre>"
    else:
        html = f"<p>{escape(_('This mail could not be made.'))}</p>"
    response = HttpResponse(html)
    response.headers["Content-Security-Policy"] = _FRAME_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def settlement(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Say of an uncertain message that it arrived, or send it again."""
    found = access.message_for(request.member, message_id)
    sent = request.POST.get("sent") == "1"
    services.settle_uncertain(found, sent=sent, actor=request.member, now=request.now)
    said = _("Noted as sent.") if sent else _("It is sent again.")
    return done(request, say=said, to=reverse("delivery:message", args=[found.pk]))


@allowed(Right.VIEW_MESSAGES)
@require_GET
def person(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show a person's latest messages on their page."""
    found = contacts.get_contact(contact_id)
    rows = rows_of(list(queries.messages_of(found.pk)[: ON_PANEL + 1]))
    query = found.email or found.phone
    more = (
        f"{reverse('delivery:message_list')}?{urlencode({'q': query})}"
        if len(rows) > ON_PANEL and query
        else ""
    )
    context = {"person": found, "rows": rows[:ON_PANEL], "more": more}
    return page(request, "delivery/person.html", context, part="shown")


def _times(found: Message) -> list[tuple[str, datetime | None]]:
    return [
        (_("Decided"), found.origin_at),
        (_("Handed over"), found.handed_at),
        (_("Next try"), found.due_at),
        (_("Delivered"), found.delivered_at),
        (_("Opened"), found.opened_at),
        (_("Opened by a machine"), found.machine_opened_at),
        (_("Clicked"), found.clicked_at),
        (_("Unsubscribed"), found.unsubscribed_at),
        (_("Bounced"), found.bounced_at),
        (_("Complained"), found.complained_at),
    ]


def _subject(request: WorkspaceRequest, found: Message) -> str:
    made = services.words_of(found, now=request.now)
    return made.parts["subject"] if isinstance(made, Outgoing) else ""
