"""The sandbox inbox: the messages customers would have received, and simulating their reactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from quen.apps.channels import access, queries, registry, services
from quen.apps.channels.models import SandboxMessage
from quen.apps.channels.rules import sandbox_preview
from quen.apps.channels.types import ChannelRight, ContentPart, ReceiptKind
from quen.apps.compliance.types import ComplianceRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.errors import DomainError
from quen.core.paging import paginate
from quen.ui.lists import Column, EmptyState, ListTable, Row
from quen.ui.pages import page, success

#: what can be simulated: key, button label, label when done, icon
SIMULATIONS = (
    ("opened", gettext_lazy("Open as the customer"), gettext_lazy("opened"), "mail-open"),
    (ReceiptKind.DELIVERED.value, gettext_lazy("Delivered"), gettext_lazy("delivered"), "check-check"),
    (ReceiptKind.BOUNCED_SOFT.value, gettext_lazy("Soft bounce"), gettext_lazy("soft bounce"), "undo-2"),
    (ReceiptKind.BOUNCED_HARD.value, gettext_lazy("Hard bounce"), gettext_lazy("hard bounce"), "mail-x"),
    (ReceiptKind.COMPLAINED.value, gettext_lazy("Report as spam"), gettext_lazy("reported as spam"), "flag"),
    ("unsubscribed", gettext_lazy("One-click unsubscribe"), gettext_lazy("unsubscribed"), "bell-off"),
)
_DONE_LABELS = {key: done_word for key, _label, done_word, _icon in SIMULATIONS}
_EMPTY = EmptyState(
    gettext_lazy("No messages yet"),
    gettext_lazy("Send a test or a campaign to see here what customers would receive."),
    picture="notices",
)
_EMPTY_SEARCH = EmptyState(
    gettext_lazy("Nothing found"),
    gettext_lazy("No message in the sandbox matches this recipient or subject."),
    picture="search",
)
_BODY_POLICY = (
    "default-src 'none'; img-src {host} data:; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self';"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)


@allowed(ChannelRight.VIEW_MESSAGES)
@require_GET
def inbox(request: WorkspaceRequest) -> HttpResponse:
    """List the stored messages, newest first."""
    request.topics = [*getattr(request, "topics", []), services.SANDBOX_TOPIC]
    search = request.GET.get("q", "").strip()
    found = paginate(
        queries.sandbox_messages(search=search),
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    context = {
        "table": _table(found.rows, found.links([("q", search)] if search else []), search),
        "search": search,
        "is_on": queries.sandbox_is_on(),
        "may_empty": bool(found.rows) and request.member.can(ComplianceRight.CONFIGURE),
    }
    return page(request, "channels/inbox.html", context, part="list")


def _table(rows: Sequence[SandboxMessage], links: Mapping[str, str], search: str) -> ListTable:
    return ListTable(
        label=_("Sandbox inbox"),
        columns=[
            Column("recipient", _("Recipient"), phone="note", width="max-w-72"),
            Column("message", _("Message"), "title", phone="title", width="w-full"),
            Column("channel", _("Channel"), min_width=56),
            Column("simulated", _("Simulated"), "note", min_width=44),
            Column("at", _("Time"), "instant", phone="note-side"),
        ],
        rows=[_row(row) for row in rows],
        empty=_EMPTY_SEARCH if search else _EMPTY,
        pager=links,
    )


def _row(row: SandboxMessage) -> Row:
    channel = registry.channel(row.channel)
    return Row(
        [
            channel.display_address(row.recipient),
            _title(row, row.excerpt),  # type: ignore[attr-defined]  # annotated
            channel.label,
            ", ".join(label for label, _at in _simulated(row)),
            row.at,
        ],
        href=reverse("channels:sandbox_message", args=[row.pk]),
    )


def _title(row: SandboxMessage, text: str) -> str:
    return row.subject or " ".join(text.split())[: queries.EXCERPT_CHARS] or _("(no subject)")


def _simulated(row: SandboxMessage) -> list[tuple[str, datetime]]:
    return [
        (str(_DONE_LABELS.get(key, key)), datetime.fromisoformat(at)) for key, at in row.simulated.items()
    ]


@allowed(ChannelRight.VIEW_MESSAGES)
@require_GET
def message(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Show one message as the customer would see it."""
    row = access.sandbox_message(message_id)
    return page(request, "channels/message.html", _message_context(request, row))


def _message_context(request: WorkspaceRequest, row: SandboxMessage) -> dict[str, object]:
    channel = registry.channel(row.channel)
    has_html = bool(row.html) or ContentPart.HTML not in channel.content.parts
    views = [
        ("phone", pgettext("device", "Phone"), has_html),
        ("desktop", pgettext("device", "Computer"), bool(row.html)),
        ("text", _("Plain text"), True),
        ("headers", _("Headers"), bool(row.headers)),
    ]
    shown = [(key, text) for key, text, exists in views if exists]
    view = next((key for key, _text in shown if key == request.GET.get("view")), shown[0][0])
    title = _title(row, row.text)
    return {
        "message": row,
        "title": title,
        "recipient": channel.display_address(row.recipient),
        "channel": channel,
        "shows_text": view == "text",
        "tabs": [{"text": text, "href": f"?view={key}", "on": key == view} for key, text in shown],
        "preview": {
            "subject": title,
            "sender": row.sender,
            "text": row.text,
            "html_url": reverse("channels:sandbox_body", args=[row.pk]),
            "phone": view == "phone",
        },
        "headers": sandbox_preview.decoded_headers(row.headers) if view == "headers" else [],
        "simulated": _simulated(row),
        "simulations": [
            (key, label, icon)
            for key, label, _done, icon in SIMULATIONS
            if key not in row.simulated and _can_simulate(row, key)
        ],
        "is_test": row.message_id is None,
    }


def _can_simulate(row: SandboxMessage, key: str) -> bool:
    if key == "opened":
        return bool(sandbox_preview.open_pixel_url(row.html))
    if key == "unsubscribed":
        return bool(sandbox_preview.one_click_url(row.headers))
    return row.message_id is not None and key in registry.channel(row.channel).receipts


@allowed(ChannelRight.VIEW_MESSAGES)
@require_GET
@xframe_options_sameorigin
def body(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Return the HTML of a message for its iframe: no scripts, no forms, images of this installation only."""
    row = access.sandbox_message(message_id)
    response = HttpResponse(sandbox_preview.preview_html(row.html))
    hosts = f"{request.scheme}://{request.get_host()} {settings.BASE_URL}"
    response["Content-Security-Policy"] = _BODY_POLICY.format(host=hosts)
    response["Referrer-Policy"] = "no-referrer"
    return response


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def simulate(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Simulate a reaction of the customer or the provider to a message."""
    row = access.sandbox_message(message_id)
    action = request.POST.get("action", "")
    to = reverse("channels:sandbox_message", args=[row.pk])
    try:
        if action == "opened":
            user_agent = request.headers.get("User-Agent", "")
            services.simulate_open(message=row, user_agent=user_agent, now=request.now)
        elif action == "unsubscribed":
            services.simulate_unsubscribe(message=row, now=request.now)
        elif action in set(ReceiptKind):
            services.simulate_receipt(message=row, kind=ReceiptKind(action), now=request.now)
        else:
            return success(request, to=to)
    except DomainError as refusal:
        return success(request, message=str(refusal), tone="bad", to=to)
    return success(request, message=_("Simulated: %(action)s.") % {"action": _DONE_LABELS[action]}, to=to)


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def empty(request: WorkspaceRequest) -> HttpResponse:
    """Delete all messages."""
    services.empty_sandbox(actor=request.actor, now=request.now)
    return success(request, message=_("The sandbox inbox is empty."), to=reverse("channels:sandbox"))
