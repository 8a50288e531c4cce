"""The sandbox inbox: the messages customers would have received, and simulating their reactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
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
from quen.core import mail_theme
from quen.core.errors import DomainError
from quen.core.paging import paginate
from quen.ui.lists import Column, EmptyState, ListTable, Row, Title
from quen.ui.pages import page, success
from quen.ui.params import positive_int

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import Promise

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
    picture="mail",
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
    listed = _Listed.read(request)
    found = paginate(listed.messages(), after=request.GET.get("after"), before=request.GET.get("before"))
    context = {
        "table": _table(found.rows, found.links(listed.params), listed),
        "search": listed.search,
        "dispatch": listed.dispatch_id,
        "dispatch_name": listed.dispatch_name,
        "is_on": queries.sandbox_is_on(),
        "may_empty": bool(found.rows) and request.member.can(ComplianceRight.CONFIGURE),
    }
    return page(request, "channels/inbox.html", context, part="list")


@dataclass(frozen=True, slots=True)
class _Listed:
    """The messages an address lists: what was searched for, and the one dispatch they are of."""

    search: str
    dispatch_id: int | None
    dispatch_name: str
    message_ids: QuerySet[Any] | None

    @classmethod
    def read(cls, request: WorkspaceRequest) -> _Listed:
        dispatch_id = positive_int(request.GET.get("dispatch"))
        dispatch = registry.find_dispatch(dispatch_id) if dispatch_id is not None else None
        search = request.GET.get("q", "").strip()
        if dispatch is None:
            return cls(search, None, "", None)
        return cls(search, dispatch_id, *dispatch)

    def messages(self) -> QuerySet[SandboxMessage]:
        return queries.sandbox_messages(search=self.search, message_ids=self.message_ids)

    @property
    def params(self) -> list[tuple[str, str]]:
        """What its address says."""
        given = {"q": self.search, "dispatch": str(self.dispatch_id or "")}
        return [(name, value) for name, value in given.items() if value]

    def link(self, message_id: int, **more: str) -> str:
        """Return the address of a message in this list."""
        query = urlencode([*self.params, *more.items()])
        return reverse("channels:sandbox_message", args=[message_id]) + (f"?{query}" if query else "")


def _table(rows: Sequence[SandboxMessage], links: Mapping[str, str], listed: _Listed) -> ListTable:
    origins = registry.origins([row.message_id for row in rows if row.message_id is not None])
    return ListTable(
        label=_("Sandbox inbox"),
        columns=[
            Column("recipient", _("Recipient"), "html", phone="note", width="max-w-72"),
            Column("message", _("Message"), "title", phone="title", width="w-full"),
            Column("channel", _("Channel"), min_width=62),
            Column("simulated", _("Simulated"), "note", min_width=50),
            Column("at", _("Time"), "instant", phone="note-side"),
        ],
        rows=[_row(row, origins.get(row.message_id or 0, registry.MessageOrigin()), listed) for row in rows],
        empty=_EMPTY_SEARCH if listed.search else _EMPTY,
        pager=links,
    )


def _row(row: SandboxMessage, origin: registry.MessageOrigin, listed: _Listed) -> Row:
    channel = registry.channel(row.channel)
    title = _title(row, row.excerpt)  # type: ignore[attr-defined]  # annotated
    return Row(
        [
            _recipient(origin, channel.display_address(row.recipient)),
            Title(title, _source(origin, is_test=row.message_id is None)),
            channel.label,
            ", ".join(label for label, _at in _simulated(row)),
            row.at,
        ],
        key=row.pk,
        name=title,
        href=listed.link(row.pk),
    )


def _recipient(origin: registry.MessageOrigin, address: str) -> SafeString:
    """Return the name, a link to the person, above the address."""
    if not origin.contact_name:
        return format_html('<div class="cut">{}</div>', address)
    name = format_html(
        '<a class="font-medium hover:underline" href="{}">{}</a>', origin.contact_url, origin.contact_name
    )
    return format_html(
        '<div class="cut">{}</div><div class="cut text-xs text-ink-3">{}</div>',
        name if origin.contact_url else origin.contact_name,
        address,
    )


def _source(origin: registry.MessageOrigin, *, is_test: bool) -> SafeString | str:
    if is_test:
        return _("A test, not counted")
    if not origin.source_url:
        return origin.source_name
    return format_html('<a class="hover:underline" href="{}">{}</a>', origin.source_url, origin.source_name)


def _title(row: SandboxMessage, text: str) -> str:
    return row.subject or " ".join(text.split())[: queries.EXCERPT_CHARS] or _("(no subject)")


def _simulated(row: SandboxMessage) -> list[tuple[str, datetime]]:
    texts = registry.channel(row.channel).texts
    labels = _DONE_LABELS | {ReceiptKind.DELIVERED.value: texts.delivered}
    return [(str(labels.get(key, key)), datetime.fromisoformat(at)) for key, at in row.simulated.items()]


@allowed(ChannelRight.VIEW_MESSAGES)
@require_GET
def message(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Show one message as the customer would see it."""
    row = access.sandbox_message(message_id)
    return page(request, "channels/message.html", _message_context(request, row))


def _message_context(request: WorkspaceRequest, row: SandboxMessage) -> dict[str, object]:
    channel = registry.channel(row.channel)
    listed = _Listed.read(request)
    above, below = queries.sandbox_neighbours(row, search=listed.search, message_ids=listed.message_ids)
    origin = registry.origins([row.message_id] if row.message_id else []).get(row.message_id or 0)
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
    theme = mail_theme.read_theme(request.GET.get("theme"))
    return {
        "message": row,
        "title": title,
        "recipient": channel.display_address(row.recipient),
        "channel": channel,
        "shows_text": view == "text",
        "tabs": [
            {"text": text, "href": listed.link(row.pk, view=key), "on": key == view} for key, text in shown
        ],
        "origin": origin,
        "previous": listed.link(above) if above else "",
        "next": listed.link(below) if below else "",
        "list_query": urlencode(listed.params),
        "themes": [
            (text, icon, listed.link(row.pk, view=view, theme=key), key == theme)
            for key, text, icon in (
                (mail_theme.LIGHT, pgettext("a theme", "Light"), "sun"),
                (mail_theme.DARK, pgettext("a theme", "Dark"), "moon"),
            )
        ]
        if row.html and view in ("phone", "desktop")
        else [],
        "preview": {
            "subject": title,
            "sender": row.sender,
            "text": row.text,
            "html_url": f"{reverse('channels:sandbox_body', args=[row.pk])}?theme={theme}",
            "phone": view == "phone",
            "dark": theme == mail_theme.DARK,
        },
        "headers": sandbox_preview.decoded_headers(row.headers) if view == "headers" else [],
        "simulated": _simulated(row),
        "simulations": [
            (key, _simulation_label(channel, key, label), icon)
            for key, label, _done, icon in SIMULATIONS
            if key not in row.simulated and _can_simulate(row, key)
        ],
        "is_test": row.message_id is None,
    }


def _simulation_label(channel: registry.MessageChannel, key: str, label: str | Promise) -> str | Promise:
    return channel.texts.delivered if key == ReceiptKind.DELIVERED.value else label


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
    theme = mail_theme.read_theme(request.GET.get("theme"))
    response = HttpResponse(mail_theme.with_theme(sandbox_preview.preview_html(row.html), theme))
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
    to = _Listed.read(request).link(row.pk)
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
    row.refresh_from_db()
    done = dict(zip(row.simulated, (label for label, _at in _simulated(row)), strict=True))
    return success(request, message=_("Simulated: %(action)s.") % {"action": done.get(action, action)}, to=to)


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def empty(request: WorkspaceRequest) -> HttpResponse:
    """Delete all messages."""
    services.empty_sandbox(actor=request.actor, now=request.now)
    return success(request, message=_("The sandbox inbox is empty."), to=reverse("channels:sandbox"))
