"""Connections: the channels page, the SMTP form, test messages, switching."""

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
from quen.apps.channels.forms import TestMessageForm
from quen.apps.channels.models import Connection, Sender
from quen.apps.channels.types import ConnectionState, Unreachable
from quen.apps.compliance.types import ComplianceRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, refusals_on, success

TONES = {
    ConnectionState.UNTESTED: ("", "circle-dashed"),
    ConnectionState.WORKING: ("good", "circle-check"),
    ConnectionState.FAILING: ("bad", "octagon-x"),
}


@dataclass(frozen=True, slots=True)
class ConnectionCard:
    """A connection as shown on the page."""

    connection: Connection
    label: str
    server: str
    delivers: bool
    state: str
    tone: str
    icon: str
    used_today: int
    error: str


@allowed(ComplianceRight.CONFIGURE)
@require_GET
def channels(request: WorkspaceRequest) -> HttpResponse:
    """Show each channel: state, sender, messages sent today, last error."""
    form = TestMessageForm(initial={"to": request.member.email})
    return _channels(request, form)


def _channels(request: WorkspaceRequest, form: TestMessageForm) -> HttpResponse:
    request.topics = [*getattr(request, "topics", []), services.CHANNELS_TOPIC]
    connections = list(queries.connections(queries.EMAIL))
    since = _midnight(request)
    cards = [_card(connection, since) for connection in connections]
    senders = list(queries.senders(queries.EMAIL))
    context = {
        "active": next((card for card in cards if card.connection.active), None),
        "inactive": [card for card in cards if not card.connection.active],
        "has_smtp": any(connection.adapter == queries.SMTP for connection in connections),
        "senders": senders,
        "sender": senders[0] if senders else None,
        "sender_is_placeholder": bool(senders) and senders[0].address.endswith(services.PLACEHOLDER_DOMAIN),
        "form": form,
    }
    return page(request, "channels/channels.html", context, part="page")


def _midnight(request: WorkspaceRequest) -> datetime:
    local = request.now.astimezone(ZoneInfo(request.workspace.time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _card(connection: Connection, since: datetime) -> ConnectionCard:
    adapter = registry.adapter(connection.adapter)
    # The sandbox accepts everything, so it is always working.
    state = ConnectionState(connection.state) if adapter.delivers else ConnectionState.WORKING
    tone, icon = TONES[state]
    return ConnectionCard(
        connection=connection,
        label=str(adapter.label),
        server=adapter.describe(connection.settings),
        delivers=adapter.delivers,
        state=str(state.label),
        tone=tone,
        icon=icon,
        used_today=registry.used_since(connection.pk, since),
        error=services.error_message(connection.last_error_code, connection.last_error)
        if connection.last_error_at
        else "",
    )


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def send_test(request: WorkspaceRequest) -> HttpResponse:
    """Send a test message through the active connection."""
    form = TestMessageForm(request.POST)
    sender = queries.preferred_sender(queries.EMAIL)
    if form.is_valid() and sender is not None:
        with refusals_on(form):
            connection = queries.active_connection(queries.EMAIL)
            to = form.cleaned_data["to"]
            result = services.send_test(
                connection=connection, sender=sender, to=to, actor=request.actor, now=request.now
            )
            if not registry.adapter(connection.adapter).delivers:
                return success(
                    request, message=_("Test delivered to the sandbox inbox."), to=reverse("channels:sandbox")
                )
            message = _("The mail server accepted the test to %(to)s: %(text)s") % {
                "to": to,
                "text": f"{result.code} {result.text}".strip(),
            }
            return success(request, message=message, to=reverse("channels:channels"))
    return _channels(request, form)


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def activate(request: WorkspaceRequest, connection_id: int) -> HttpResponse:
    """Switch the channel to another connection that is set up."""
    connection = access.connection(connection_id)
    services.activate_connection(connection=connection, actor=request.actor, now=request.now)
    delivers = registry.adapter(connection.adapter).delivers
    message = (
        _("Live sending is on. Emails now reach your customers.")
        if delivers
        else _("The sandbox is on. Emails are no longer sent to customers.")
    )
    return success(request, message=message, to=reverse("channels:channels"))


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def smtp(request: WorkspaceRequest) -> HttpResponse:
    """Set up the SMTP server: test it, save it."""
    adapter = registry.adapter(queries.SMTP)
    assert adapter.form is not None  # SMTP has a form
    connection = queries.find_connection(queries.EMAIL, queries.SMTP)
    stored: dict[str, Any] = (
        {**connection.settings, "rate_per_second": connection.rate_per_second} if connection else {}
    )
    preset: dict[str, Any] = adapter.form.preset_values(request.GET.get("preset", ""))  # type: ignore[attr-defined]  # SmtpForm
    form = adapter.form(request.POST or None, initial={**stored, **preset})
    action, checked = request.POST.get("action", ""), False
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        secret, rate = str(values.pop("secret")), values.pop("rate_per_second")
        if action == "save_anyway" or _connection_works(request, form, values, secret):
            checked = True
        if checked and action != "check":
            saved = services.set_connection(
                channel=queries.EMAIL,
                adapter=queries.SMTP,
                settings=values,
                secret=secret or None,
                rate_per_second=rate,
                actor=request.actor,
                now=request.now,
            )
            if action != "save_anyway":
                services.record_success(saved.pk, request.now)
            message = _("Saved. Emails are now sent through this server.")
            return success(request, message=message, to=reverse("channels:channels"))
    context = {
        "form": form,
        "presets": adapter.form.presets,  # type: ignore[attr-defined]  # SmtpForm
        "has_password": bool(connection and connection.secret),
        "checked": checked,
        "failed": bool(form.non_field_errors()) and form.is_bound,
    }
    return page(request, "channels/smtp.html", context)


def _connection_works(
    request: WorkspaceRequest, form: forms.Form, settings: dict[str, Any], typed: str
) -> bool:
    """Test the settings; errors are added to the form."""
    sender = queries.preferred_sender(queries.EMAIL) or Sender(address=request.member.email)
    secret = services.secret_for(channel=queries.EMAIL, adapter=queries.SMTP, settings=settings, typed=typed)
    try:
        services.test_connection(
            channel=queries.EMAIL,
            adapter=queries.SMTP,
            settings=settings,
            secret=secret,
            sender=sender.address,
            recipient=request.member.email,
        )
    except Unreachable as error:
        form.add_error(
            None, forms.ValidationError(services.error_message(error.code, error.text), code=error.code)
        )
        if error.text:
            text = _("Server response: %(text)s") % {"text": error.text}
            form.add_error(None, forms.ValidationError(text, code="server_reply"))
        return False
    return True
