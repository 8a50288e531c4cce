"""The sandbox inbox: what customers would have got, and playing their part."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from quen.apps.channels import access, queries, services
from quen.apps.channels.models import SandboxMessage
from quen.apps.channels.rules import showing
from quen.apps.channels.types import ReceiptKind
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.core.errors import DomainError
from quen.ui.asked import whole
from quen.ui.pages import done, page

SIZE = 50
#: what can be played: key, words, word when done, icon
PLAYS = (
    ("opened", gettext_lazy("Open like the customer"), gettext_lazy("opened"), "mail-open"),
    (ReceiptKind.DELIVERED.value, gettext_lazy("Delivered"), gettext_lazy("delivered"), "check-check"),
    (ReceiptKind.BOUNCED_SOFT.value, gettext_lazy("Soft bounce"), gettext_lazy("bounced, soft"), "undo-2"),
    (ReceiptKind.BOUNCED_HARD.value, gettext_lazy("Hard bounce"), gettext_lazy("bounced, hard"), "mail-x"),
    (ReceiptKind.COMPLAINED.value, gettext_lazy("Complain about spam"), gettext_lazy("complained"), "flag"),
    ("unsubscribed", gettext_lazy("Unsubscribe by one click"), gettext_lazy("unsubscribed"), "bell-off"),
)
_WORDS = {key: done_word for key, _label, done_word, _icon in PLAYS}
_BODY_POLICY = (
    "default-src 'none'; img-src {host} data:; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self';"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)


@allowed(Right.VIEW_MESSAGES)
@require_GET
def inbox(request: WorkspaceRequest) -> HttpResponse:
    """List what would have left, newest first."""
    request.topics = [*getattr(request, "topics", []), services.SANDBOX_TOPIC]
    words = request.GET.get("q", "").strip()
    found = queries.sandbox_messages(words=words)
    after, before = whole(request.GET.get("after")), whole(request.GET.get("before"))
    backwards = before is not None and after is None
    if after is not None:
        found = found.filter(pk__lt=after)
    elif backwards:
        found = found.filter(pk__gt=before).order_by("id")
    rows = list(found[: SIZE + 1])
    more, rows = len(rows) > SIZE, rows[:SIZE]
    if backwards:
        rows.reverse()
    context = {
        "rows": [(row, _played(row)) for row in rows],
        "words": words,
        "newer": _address(request, before=rows[0].pk) if rows and (more if backwards else after) else "",
        "older": _address(request, after=rows[-1].pk) if rows and (backwards or more) else "",
        "is_on": queries.sandbox_is_on(),
        "may_empty": request.member.can(Right.CONFIGURE_SENDING),
    }
    return page(request, "channels/inbox.html", context, part="list")


def _address(request: WorkspaceRequest, **place: int) -> str:
    query = request.GET.copy()
    for gone in ("after", "before"):
        query.pop(gone, None)
    query.update({key: str(value) for key, value in place.items()})
    return f"?{query.urlencode()}"


def _played(row: SandboxMessage) -> list[tuple[str, datetime]]:
    return [(str(_WORDS.get(key, key)), datetime.fromisoformat(at)) for key, at in row.played.items()]


@allowed(Right.VIEW_MESSAGES)
@require_GET
def message(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Draw one message as the customer would see it."""
    row = access.sandbox_message(message_id)
    return page(request, "channels/message.html", _shown(request, row))


def _shown(request: WorkspaceRequest, row: SandboxMessage) -> dict[str, object]:
    view = request.GET.get("view", "")
    view = view if view in ("phone", "desktop", "text", "headers") else ("phone" if row.html else "text")
    tabs = [
        {"text": text, "href": f"?view={key}", "on": key == view}
        for key, text in (
            ("phone", pgettext("device", "Phone")),
            ("desktop", pgettext("device", "Computer")),
            ("text", _("Plain text")),
            ("headers", _("Headers")),
        )
        if row.html or key not in ("phone", "desktop")
    ]
    return {
        "message": row,
        "view": view,
        "tabs": tabs,
        "headers": showing.readable_headers(row.headers) if view == "headers" else [],
        "played": _played(row),
        "plays": [
            (key, label, icon)
            for key, label, _done, icon in PLAYS
            if key not in row.played and _can_play(row, key)
        ],
        "is_test": row.message_id is None,
    }


def _can_play(row: SandboxMessage, key: str) -> bool:
    if key == "opened":
        return bool(showing.open_address(row.html))
    if key == "unsubscribed":
        return bool(showing.one_click_address(row.headers))
    return row.message_id is not None


@allowed(Right.VIEW_MESSAGES)
@require_GET
@xframe_options_sameorigin
def body(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Give the HTML of a message for its frame: no scripts, no forms, pictures of ours only."""
    row = access.sandbox_message(message_id)
    response = HttpResponse(showing.for_looking(row.html))
    hosts = f"{request.scheme}://{request.get_host()} {settings.BASE_URL}"
    response["Content-Security-Policy"] = _BODY_POLICY.format(host=hosts)
    response["Referrer-Policy"] = "no-referrer"
    return response


@allowed(Right.CONFIGURE_SENDING)
@require_POST
def plays(request: WorkspaceRequest, message_id: int) -> HttpResponse:
    """Play what a customer or a provider would do with a message."""
    row = access.sandbox_message(message_id)
    what = request.POST.get("what", "")
    to = reverse("channels:sandbox_message", args=[row.pk])
    try:
        if what == "opened":
            agent = request.headers.get("User-Agent", "")
            services.open_as_customer(message=row, agent=agent, now=request.now)
        elif what == "unsubscribed":
            services.unsubscribe_by_one_click(message=row, now=request.now)
        elif what in set(ReceiptKind):
            services.play(message=row, kind=ReceiptKind(what), now=request.now)
        else:
            return done(request, to=to)
    except DomainError as refusal:
        return done(request, say=str(refusal), tone="bad", to=to)
    return done(request, say=_("Played: %(what)s.") % {"what": _WORDS[what]}, to=to)


@allowed(Right.CONFIGURE_SENDING)
@require_POST
def removal(request: WorkspaceRequest) -> HttpResponse:
    """Empty the inbox."""
    services.empty_sandbox(actor=request.member, now=request.now)
    return done(request, say=_("The sandbox inbox is empty."), to=reverse("channels:sandbox"))
