"""Connections: the channels page, the settings of an adapter, test messages, switching."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.channels import access, queries, registry, services
from quen.apps.channels.forms import TestMessageForm
from quen.apps.channels.models import Connection, Sender
from quen.apps.channels.registry import Adapter, MessageChannel
from quen.apps.channels.types import ConnectionState, Unreachable
from quen.apps.compliance.types import ComplianceRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, refusals_on, success

#: the silence of a server is told for so long after it was noted
_SILENCE_TOLD = timedelta(minutes=10)
TONES = {
    ConnectionState.UNTESTED: ("", "circle-dashed"),
    ConnectionState.WORKING: ("good", "circle-check"),
    ConnectionState.FAILING: ("bad", "octagon-x"),
}


@dataclass(frozen=True, slots=True)
class ConnectionCard:
    """A connection as shown on the page. setup_url: the settings of its adapter, "" if it has none.

    slowdown: how the server limits us, "" if it does not.  silence: how it keeps us waiting.  proposed_rate: the rate
    to set because of that.
    """

    connection: Connection
    label: str
    server: str
    delivers: bool
    state: str
    tone: str
    icon: str
    is_failing: bool
    used_today: int
    error: str
    setup_url: str
    webhook_url: str
    slowdown: str
    silence: str
    proposed_rate: float | None


@dataclass(frozen=True, slots=True)
class ChannelSection:
    """A channel as shown on the page. setups: label and URL of adapters that can still be set up."""

    channel: MessageChannel
    active: ConnectionCard | None
    inactive: list[ConnectionCard]
    setups: list[tuple[str, str]]
    senders: list[Sender]
    sender_is_placeholder: bool
    form: TestMessageForm

    @property
    def sender(self) -> Sender | None:
        """The preferred sender."""
        return self.senders[0] if self.senders else None


@allowed(ComplianceRight.CONFIGURE)
@require_GET
def channels(request: WorkspaceRequest) -> HttpResponse:
    """Show each channel: state, senders, messages sent today, last error."""
    return _channels(request)


def _channels(
    request: WorkspaceRequest, shown: MessageChannel | None = None, form: TestMessageForm | None = None
) -> HttpResponse:
    """Show the page; ``form`` is the test form of ``shown``."""
    request.topics = [*getattr(request, "topics", []), services.CHANNELS_TOPIC]
    sections = [
        _section(request, channel, form if channel is shown and form else _test_form(request, channel))
        for channel in registry.channels()
    ]
    context = {"sections": sections, "form": form}
    return page(request, "channels/channels.html", context, part="page")


def _test_form(request: WorkspaceRequest, channel: MessageChannel) -> TestMessageForm:
    to = request.member.email if channel.policy.address == "email" else ""
    return TestMessageForm(initial={"to": to}, channel=channel, prefix=channel.key)


def _section(request: WorkspaceRequest, channel: MessageChannel, form: TestMessageForm) -> ChannelSection:
    since = _midnight(request)
    cards = [_card(request, connection, since) for connection in queries.connections(channel.key)]
    known = {card.connection.adapter for card in cards}
    senders = list(queries.senders(channel.key))
    return ChannelSection(
        channel=channel,
        active=next((card for card in cards if card.connection.active), None),
        inactive=[card for card in cards if not card.connection.active],
        setups=[
            (str(adapter.label), _setup_url(adapter))
            for adapter in registry.adapters(channel.key)
            if adapter.form is not None and adapter.key not in known
        ],
        senders=senders,
        sender_is_placeholder=bool(senders) and senders[0].address.endswith(services.PLACEHOLDER_DOMAIN),
        form=form,
    )


def _midnight(request: WorkspaceRequest) -> datetime:
    local = request.now.astimezone(ZoneInfo(request.workspace.time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _setup_url(adapter: Adapter) -> str:
    if adapter.form is None:
        return ""
    return reverse("channels:adapter", kwargs={"channel": adapter.channel, "adapter": adapter.key})


def _card(request: WorkspaceRequest, connection: Connection, since: datetime) -> ConnectionCard:
    adapter = registry.adapter(connection.channel, connection.adapter)
    # The sandbox accepts everything, so it is always working.
    state = ConnectionState(connection.state) if adapter.delivers else ConnectionState.WORKING
    tone, icon = TONES[state]
    error = services.error_message(connection.last_error_code, connection.last_error)
    return ConnectionCard(
        connection=connection,
        label=str(adapter.label),
        server=adapter.describe(connection.settings),
        delivers=adapter.delivers,
        state=str(state.label),
        tone=tone,
        icon=icon,
        is_failing=state == ConnectionState.FAILING,
        used_today=registry.used_since(connection.pk, since),
        error=error if connection.last_error_at else "",
        setup_url=_setup_url(adapter),
        webhook_url=services.webhook_url(connection, workspace=request.workspace),
        slowdown=_slowdown(connection),
        silence=_silence(connection, request.now),
        proposed_rate=queries.proposed_rate(connection),
    )


def _slowdown(connection: Connection) -> str:
    """Return how the server limits us, "" if it takes what it gets."""
    if connection.slowed_at is None:
        return ""
    if connection.found_rate is not None:
        text = _("The mail server limits how fast it takes messages: about %(rate)s a second.")
        return text % {"rate": queries.shown_rate(connection.found_rate)}
    if connection.found_connections is not None:
        return ngettext(
            "The mail server allows only %(n)s connection at once.",
            "The mail server allows only %(n)s connections at once.",
            connection.found_connections,
        ) % {"n": localize(connection.found_connections)}
    return ""


def _silence(connection: Connection, now: datetime) -> str:
    if connection.silent_at is None or connection.silent_at < now - _SILENCE_TOLD:
        return ""
    seconds = round(connection.silent_seconds or 0)
    return ngettext(
        "The mail server is slow to reply: it has kept us waiting for %(n)s second.",
        "The mail server is slow to reply: it has kept us waiting for %(n)s seconds.",
        seconds,
    ) % {"n": localize(seconds)}


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def use_found_rate(request: WorkspaceRequest, connection_id: int) -> HttpResponse:
    """Set the rate that the server turned out to take."""
    saved = services.use_found_rate(
        connection=access.connection(connection_id), actor=request.actor, now=request.now
    )
    message = _("The sending rate is now %(rate)s messages per second.") % {
        "rate": queries.shown_rate(saved.rate_per_second or 0)
    }
    return success(request, message=message, to=reverse("channels:channels"))


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def send_test(request: WorkspaceRequest, channel: str) -> HttpResponse:
    """Send a test message through the channel's active connection."""
    found = access.channel(channel)
    form = TestMessageForm(request.POST, channel=found, prefix=found.key)
    if form.is_valid():
        with refusals_on(form):
            connection = queries.active_connection(found.key)
            result = services.send_test(
                connection=connection,
                sender=queries.get_preferred_sender(found.key),
                to=form.cleaned_data["to"],
                actor=request.actor,
                now=request.now,
            )
            if not registry.adapter(found.key, connection.adapter).delivers:
                return success(
                    request, message=_("Test delivered to the sandbox inbox."), to=reverse("channels:sandbox")
                )
            message = _("The test to %(to)s was accepted: %(text)s") % {
                "to": found.display_address(form.cleaned_data["to"]),
                "text": f"{result.code} {result.text}".strip(),
            }
            return success(request, message=message, to=reverse("channels:channels"))
    return _channels(request, found, form)


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def activate(request: WorkspaceRequest, connection_id: int) -> HttpResponse:
    """Switch the channel to another connection that is set up."""
    connection = access.connection(connection_id)
    services.activate_connection(connection=connection, actor=request.actor, now=request.now)
    return _switched(request, connection)


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def use_sandbox(request: WorkspaceRequest, channel: str) -> HttpResponse:
    """Set up the sandbox of a channel and switch to it."""
    connection = services.set_connection(
        channel=access.channel(channel).key,
        adapter=queries.SANDBOX,
        settings={},
        secret="",
        rate_per_second=None,
        actor=request.actor,
        now=request.now,
    )
    return _switched(request, connection)


def _switched(request: WorkspaceRequest, connection: Connection) -> HttpResponse:
    label = {"channel": registry.channel(connection.channel).label}
    if registry.adapter(connection.channel, connection.adapter).delivers:
        message = _("Live sending is on for %(channel)s. Messages now reach your customers.") % label
    else:
        message = _("The sandbox is on for %(channel)s. Messages are no longer sent to customers.") % label
    return success(request, message=message, to=reverse("channels:channels"))


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def adapter(request: WorkspaceRequest, channel: str, adapter: str) -> HttpResponse:
    """Set up an adapter: test its settings, save them."""
    found = access.adapter(channel, adapter)
    assert found.form is not None  # access asks for it
    connection = queries.find_connection(found.channel, found.key)
    initial = _initial(request, found, connection)
    form = found.form(request.POST or None, initial=initial)
    action, checked = request.POST.get("action", ""), False
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        secret, rate = str(values.pop("secret", "")), values.pop("rate_per_second", None)
        checked = action == "save_anyway" or _connection_works(request, found, form, values, secret)
        if checked and action != "check":
            saved = services.set_connection(
                channel=found.channel,
                adapter=found.key,
                settings=values,
                secret=secret or None,
                rate_per_second=rate,
                actor=request.actor,
                now=request.now,
            )
            if action != "save_anyway":
                services.record_success(saved.pk, request.now)
            message = _("Saved. Messages are now sent through this connection.")
            return success(request, message=message, to=reverse("channels:channels"))
    context = {
        "adapter": found,
        "form": form,
        "presets": getattr(form, "presets", ()),
        "has_secret": bool(connection and connection.secret),
        "checked": checked,
        "failed": bool(form.non_field_errors()) and form.is_bound,
        "webhook_url": services.webhook_url(connection, workspace=request.workspace) if connection else "",
    }
    return page(request, found.template, context)


def _initial(request: WorkspaceRequest, adapter: Adapter, connection: Connection | None) -> dict[str, Any]:
    stored: dict[str, Any] = {}
    if connection is not None:
        stored = {**connection.settings, "rate_per_second": connection.rate_per_second}
    preset_values: Callable[[str], dict[str, Any]] | None = getattr(adapter.form, "preset_values", None)
    return {**stored, **(preset_values(request.GET.get("preset", "")) if preset_values else {})}


def _connection_works(
    request: WorkspaceRequest, adapter: Adapter, form: forms.Form, settings: dict[str, Any], typed: str
) -> bool:
    """Test the settings; errors are added to the form."""
    sender = queries.preferred_sender(adapter.channel) or Sender(address=request.member.email)
    secret = services.secret_for(channel=adapter.channel, adapter=adapter.key, settings=settings, typed=typed)
    try:
        services.test_connection(
            channel=adapter.channel,
            adapter=adapter.key,
            settings=settings,
            secret=secret,
            sender=sender.address,
            recipient=request.member.email,
        )
    except Unreachable as error:
        text = services.error_message(error.code, error.text)
        form.add_error(None, forms.ValidationError(text, code=error.code))
        if error.text:
            reply = _("Server response: %(text)s") % {"text": error.text}
            form.add_error(None, forms.ValidationError(reply, code="server_reply"))
        return False
    return True
