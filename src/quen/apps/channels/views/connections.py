"""How messages travel: the channels page, the SMTP form, tests, switching."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.channels import access, queries, registry, services
from quen.apps.channels.forms import TestForm
from quen.apps.channels.models import Connection, Sender
from quen.apps.channels.types import ConnectionState, Unreachable
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.ui.pages import done, page, refusals_on

TONES = {
    ConnectionState.UNTESTED: ("", "circle-dashed"),
    ConnectionState.WORKING: ("good", "circle-check"),
    ConnectionState.FAILING: ("bad", "octagon-x"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A connection as the page shows it."""

    row: Connection
    label: str
    where: str
    leaves: bool
    state: str
    tone: str
    icon: str
    used: int
    trouble: str


@allowed(Right.CONFIGURE_SENDING)
@require_GET
def channels(request: WorkspaceRequest) -> HttpResponse:
    """Show each channel: state, sender, what it was used for today, its last error."""
    form = TestForm(initial={"to": request.member.email})
    return _channels(request, form)


def _channels(request: WorkspaceRequest, form: TestForm) -> HttpResponse:
    request.topics = [*getattr(request, "topics", []), services.CHANNELS_TOPIC]
    rows = list(queries.connections(queries.EMAIL))
    since = _midnight(request)
    cards = [_card(row, since) for row in rows]
    senders = list(queries.senders(queries.EMAIL))
    context = {
        "active": next((card for card in cards if card.row.active), None),
        "resting": [card for card in cards if not card.row.active],
        "has_smtp": any(row.adapter == queries.SMTP for row in rows),
        "senders": senders,
        "sender": senders[0] if senders else None,
        "sender_is_stand_in": bool(senders) and senders[0].address.endswith(services.STAND_IN),
        "form": form,
    }
    return page(request, "channels/channels.html", context, part="page")


def _midnight(request: WorkspaceRequest) -> datetime:
    local = request.now.astimezone(ZoneInfo(request.workspace.time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _card(row: Connection, since: datetime) -> Card:
    plug = registry.adapter(row.adapter)
    # The sandbox takes everything: there is nothing to find out.
    state = ConnectionState(row.state) if plug.leaves else ConnectionState.WORKING
    tone, icon = TONES[state]
    return Card(
        row=row,
        label=str(plug.label),
        where=plug.describe(row.settings),
        leaves=plug.leaves,
        state=str(state.label),
        tone=tone,
        icon=icon,
        used=registry.used_today(row.pk, since),
        trouble=services.trouble(row.last_error_code, row.last_error) if row.last_error_at else "",
    )


@allowed(Right.CONFIGURE_SENDING)
@require_POST
def tests(request: WorkspaceRequest) -> HttpResponse:
    """Send a test message by the active connection."""
    form = TestForm(request.POST)
    sender = queries.preferred_sender(queries.EMAIL)
    if form.is_valid() and sender is not None:
        with refusals_on(form):
            connection = queries.active_connection(queries.EMAIL)
            to = form.cleaned_data["to"]
            result = services.send_test(
                connection=connection, sender=sender, to=to, actor=request.member, now=request.now
            )
            if not registry.adapter(connection.adapter).leaves:
                return done(
                    request, say=_("The test lies in the sandbox inbox."), to=reverse("channels:sandbox")
                )
            said = _("The mail server took the test to %(to)s: %(words)s") % {
                "to": to,
                "words": f"{result.code} {result.text}".strip(),
            }
            return done(request, say=said, to=reverse("channels:channels"))
    return _channels(request, form)


@allowed(Right.CONFIGURE_SENDING)
@require_POST
def choice(request: WorkspaceRequest, connection_id: int) -> HttpResponse:
    """Let messages travel by another connection that is set up."""
    connection = access.connection(connection_id)
    services.choose_connection(connection=connection, actor=request.member, now=request.now)
    leaves = registry.adapter(connection.adapter).leaves
    said = _("Email really goes out from now on.") if leaves else _("Email stays in the sandbox from now on.")
    return done(request, say=said, to=reverse("channels:channels"))


@allowed(Right.CONFIGURE_SENDING)
@require_http_methods(["GET", "POST"])
def smtp(request: WorkspaceRequest) -> HttpResponse:
    """Set up the SMTP server: check it, save it."""
    plug = registry.adapter(queries.SMTP)
    assert plug.form is not None  # SMTP has a form
    row = queries.connection_of(queries.EMAIL, queries.SMTP)
    kept: dict[str, Any] = {**row.settings, "rate_per_second": row.rate_per_second} if row else {}
    preset: dict[str, Any] = plug.form.preset_values(request.GET.get("preset", ""))  # type: ignore[attr-defined]  # SmtpForm
    form = plug.form(request.POST or None, initial={**kept, **preset})
    deed, checked = request.POST.get("deed", ""), False
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        secret, rate = str(values.pop("secret")), values.pop("rate_per_second")
        if deed == "anyway" or _checked(request, form, values, secret):
            checked = True
        if checked and deed != "check":
            saved = services.set_connection(
                kind=queries.EMAIL,
                adapter=queries.SMTP,
                settings=values,
                secret=secret or None,
                rate_per_second=rate,
                actor=request.member,
                now=request.now,
            )
            if deed != "anyway":
                services.note_ok(saved.pk, request.now)
            said = _("Saved. Email really goes out by this server from now on.")
            return done(request, say=said, to=reverse("channels:channels"))
    context = {
        "form": form,
        "presets": plug.form.presets,  # type: ignore[attr-defined]  # SmtpForm
        "has_password": bool(row and row.secret),
        "checked": checked,
        "failed": bool(form.non_field_errors()) and form.is_bound,
    }
    return page(request, "channels/smtp.html", context)


def _checked(request: WorkspaceRequest, form: forms.Form, settings: dict[str, Any], typed: str) -> bool:
    """Try the settings; what is wrong stands on the form."""
    sender = queries.preferred_sender(queries.EMAIL) or Sender(address=request.member.email)
    secret = services.secret_for(kind=queries.EMAIL, adapter=queries.SMTP, settings=settings, typed=typed)
    try:
        services.test_connection(
            kind=queries.EMAIL,
            adapter=queries.SMTP,
            settings=settings,
            secret=secret,
            sender=sender.address,
            recipient=request.member.email,
        )
    except Unreachable as error:
        form.add_error(None, forms.ValidationError(services.trouble(error.code, error.text), code=error.code))
        if error.text:
            words = _("The server said: %(words)s") % {"words": error.text}
            form.add_error(None, forms.ValidationError(words, code="server_words"))
        return False
    return True
