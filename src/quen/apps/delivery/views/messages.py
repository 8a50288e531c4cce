"""The message log, one message, and a contact's messages."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from quen.apps.channels.types import ChannelRight, Outgoing
from quen.apps.contacts import queries as contacts
from quen.apps.delivery import access, queries, services
from quen.apps.delivery.forms import MessageLogForm
from quen.apps.delivery.models import Message
from quen.apps.delivery.types import DeliveryRight, EngagementKind
from quen.apps.delivery.views.presenters import message_rows, message_table
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core import mail_theme
from quen.core.paging import paginate
from quen.ui.pages import page, success

#: the marks of Vietnamese letters collide in many fixed-width faces
_TEXT_STYLE = "white-space:pre-wrap;font:15px/1.6 system-ui,sans-serif"
MAX_DISPATCH_CHOICES, MAX_ON_PANEL = 100, 5
#: A message in the frame runs no script, submits no form and opens no window.
_FRAME_CSP = (
    "default-src 'none'; img-src 'self' https: http: data:; style-src 'unsafe-inline'; form-action 'none';"
    " frame-ancestors 'self'; base-uri 'none'; sandbox"
)


@allowed(ChannelRight.VIEW_MESSAGES)
@require_GET
def message_list(request: WorkspaceRequest) -> HttpResponse:
    """List messages, newest first, with filters."""
    form = MessageLogForm(request.GET, dispatches=queries.recent_dispatches(MAX_DISPATCH_CHOICES))
    filters = form.filters(request.workspace.zone)
    found = paginate(
        queries.message_log(**filters), after=request.GET.get("after"), before=request.GET.get("before")
    )
    filtered = any(value is not None and value != "" for value in filters.values())
    query = [
        (name, str(value)) for name, value in request.GET.items() if name not in ("after", "before") and value
    ]
    context = {
        "form": form,
        "filtered": filtered,
        "table": message_table(message_rows(found.rows), filtered=filtered, pager=found.links(query)),
    }
    return page(request, "delivery/message_list.html", context)


@allowed(ChannelRight.VIEW_MESSAGES)
@require_GET
def message(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Show one message: its times, the provider's reply and what the recipient did."""
    found = access.message_for(request.member, message_id)
    (row,) = message_rows([found])
    context = {
        "row": row,
        "show_reply": row.reply not in ("", row.note),
        "message": found,
        "times": [(label, at) for label, at in _times(found, row.delivered) if at],
        "engagement": [
            (EngagementKind(event.kind).label, event) for event in queries.engagement_events(found.pk)
        ],
        "subject": _subject(request, found),
        "may_resolve": access.may_resolve(request.member, found),
        "contact_url": workspace_path(f"/contacts/{row.contact_id}/") if row.contact_id else "",
    }
    return page(request, "delivery/message.html", context)


@allowed(ChannelRight.VIEW_MESSAGES)
@xframe_options_sameorigin
@require_GET
def message_body(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Return the rendered message for the sandboxed frame."""
    found = access.message_for(request.member, message_id)
    rendered = services.render_message(found, now=request.now)
    not_rendered = _("This message could not be rendered.")
    if isinstance(rendered, Outgoing):
        html = rendered.parts["html"] or f"<pre style='{_TEXT_STYLE}'>{escape(rendered.parts['text'])}</pre>"
    else:
        html = f"<p>{escape(not_rendered)}</p>"
    response = HttpResponse(mail_theme.with_theme(html, mail_theme.LIGHT))
    response.headers["Content-Security-Policy"] = _FRAME_CSP
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@allowed(DeliveryRight.SEND)
@require_POST
def resolve(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Mark an uncertain message as sent, or send it again."""
    found = access.message_for(request.member, message_id)
    sent = request.POST.get("sent") == "1"
    services.resolve_uncertain(found, sent=sent, actor=request.actor, now=request.now)
    text = _("Marked as sent.") if sent else _("The message will be sent again.")
    return success(request, message=text, to=reverse("delivery:message", args=[found.pk]))


@allowed(ChannelRight.VIEW_MESSAGES)
@require_GET
def contact_messages(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show a contact's latest messages on the contact page."""
    found = contacts.get_contact(contact_id)
    rows = message_rows(list(queries.messages_for_contact(found.pk)[: MAX_ON_PANEL + 1]))
    query = found.email or found.phone
    more = (
        f"{reverse('delivery:message_list')}?{urlencode({'q': query})}"
        if len(rows) > MAX_ON_PANEL and query
        else ""
    )
    context = {"contact": found, "rows": rows[:MAX_ON_PANEL], "more": more}
    return page(request, "delivery/contact_messages.html", context, part="messages")


def _times(message: Message, delivered: str) -> list[tuple[str, datetime | None]]:
    return [
        (_("Send time"), message.scheduled_for),
        (_("Sent"), message.sent_at),
        (_("Next retry"), message.due_at),
        (delivered, message.delivered_at),
        (_("Opened"), message.opened_at),
        (_("Opened by a bot"), message.bot_opened_at),
        (_("Clicked"), message.clicked_at),
        (_("Unsubscribed"), message.unsubscribed_at),
        (_("Bounced"), message.bounced_at),
        (_("Complained"), message.complained_at),
    ]


def _subject(request: WorkspaceRequest, message: Message) -> str:
    rendered = services.render_message(message, now=request.now)
    return rendered.parts["subject"] if isinstance(rendered, Outgoing) else ""
