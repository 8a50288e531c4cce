"""Set up connections, open sessions and record whether they work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from quen.apps.channels import queries, registry
from quen.apps.channels.models import Connection, Sender, SendPace
from quen.apps.channels.services import cache
from quen.apps.channels.services.pacing import pace_key
from quen.apps.channels.types import (
    CONNECTION_ERRORS,
    ConnectionState,
    Envelope,
    MessagePreview,
    NoRateFound,
    Pacer,
    RemoteSession,
    RenderedContent,
    RenderSettings,
    SendOutcome,
    SendResult,
    SendSession,
    SendTestFailed,
    Unreachable,
)
from quen.apps.compliance.types import ComplianceRight
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.core import crypto, live
from quen.core.actors import Actor
from quen.core.privacy import mask_address

TOPIC = "channels"
#: minimum time between two writes for a working connection; record_success is called after each batch
_SUCCESS_INTERVAL = timedelta(minutes=1)


@transaction.atomic
def set_connection(
    *,
    channel: str,
    adapter: str,
    settings: Mapping[str, Any],
    secret: str | None,
    rate_per_second: float | None,
    actor: Actor,
    now: datetime,
) -> Connection:
    """Save the settings of a channel's adapter and make it the active connection; the previous one becomes inactive.

    secret: None keeps the stored one while host and user are unchanged, "" removes it.  Dispatches in progress keep the
    connection they started with.
    """
    registered = registry.adapter(channel, adapter)
    connection = Connection.objects.select_for_update().filter(channel=channel, adapter=adapter).first()
    if connection is None:
        connection = Connection(channel=channel, adapter=adapter, created_at=now)
    if secret is None and not _same_account(connection, settings):
        secret = ""
    if secret is not None:
        connection.secret = crypto.encrypt(secret, purpose=queries.SECRET_PURPOSE) if secret else ""
    connection.name = f"{registered.label}"[:120]
    if rate_per_second != connection.rate_per_second or not _same_account(connection, settings):
        _forget_pace(connection)
    connection.settings, connection.rate_per_second = dict(settings), rate_per_second
    connection.state, connection.last_error, connection.last_error_code, connection.last_error_at = (
        ConnectionState.UNTESTED,
        "",
        "",
        None,
    )
    _activate(connection)
    team.audit(
        actor,
        "channels.connection_set",
        now=now,
        target=connection,
        data={"channel": channel, "adapter": adapter},
    )
    live.publish(TOPIC)
    return connection


@transaction.atomic
def activate_connection(*, connection: Connection, actor: Actor, now: datetime) -> Connection:
    """Switch to a connection that is already set up."""
    _activate(connection)
    team.audit(
        actor,
        "channels.connection_set",
        now=now,
        target=connection,
        data={"channel": connection.channel, "adapter": connection.adapter},
    )
    live.publish(TOPIC)
    return connection


def secret_for(*, channel: str, adapter: str, settings: Mapping[str, Any], typed: str) -> str:
    """Return the password to test settings with: the typed one, else the stored one if the account is the same."""
    connection = queries.find_connection(channel, adapter)
    return typed or (
        queries.decrypted_secret(connection)
        if connection is not None and _same_account(connection, settings)
        else ""
    )


def _same_account(connection: Connection, settings: Mapping[str, Any]) -> bool:
    """A stored password is never sent to another server or user than it was entered for."""
    return all(connection.settings.get(key) == settings.get(key) for key in ("host", "user"))


def _forget_pace(connection: Connection) -> None:
    """Forget what the server turned out to take: another server or another rate begins anew."""
    connection.found_rate = connection.found_connections = None
    connection.slowed_at = connection.slowed_until = None
    connection.silent_at = connection.silent_seconds = None
    connection.slowdown_reply = ""
    SendPace.objects.filter(key=pace_key(connection.pk)).delete()


@transaction.atomic
def use_found_rate(*, connection: Connection, actor: Actor, now: datetime) -> Connection:
    """Set the rate that the server turned out to take as the connection's rate. Raises NoRateFound."""
    locked = Connection.objects.select_for_update().get(pk=connection.pk)
    rate = queries.proposed_rate(locked)
    if rate is None:
        raise NoRateFound()
    _forget_pace(locked)
    locked.rate_per_second = rate
    locked.save()
    team.audit(actor, "channels.rate_set", now=now, target=locked, data={"rate": rate})
    live.publish(TOPIC)
    return locked


def _activate(connection: Connection) -> None:
    others = Connection.objects.filter(channel=connection.channel, active=True).exclude(pk=connection.pk)
    others.update(active=False)
    connection.active = True
    connection.save()
    cache.clear_cache()
    transaction.on_commit(cache.clear_cache)


def record_success(connection_id: int, now: datetime) -> None:
    """Record that sending succeeded. Cheap: writes at most once a minute."""
    due = (
        Q(last_success_at=None)
        | Q(last_success_at__lt=now - _SUCCESS_INTERVAL)
        | ~Q(state=ConnectionState.WORKING)
    )
    states = list(Connection.objects.filter(due, pk=connection_id).values_list("state", flat=True))
    if not states:
        return
    Connection.objects.filter(pk=connection_id).update(state=ConnectionState.WORKING, last_success_at=now)
    if states != [ConnectionState.WORKING]:
        live.publish(TOPIC)


@transaction.atomic
def record_failure(connection_id: int, text: str, now: datetime, code: str = "") -> None:
    """Record that the provider could not be used and, on the first failure, notify the members who configure sending.

    text, code: of the Unreachable that was raised.
    """
    connection = Connection.objects.select_for_update().filter(pk=connection_id).first()
    if connection is None:
        return
    newly_failing = connection.state != ConnectionState.FAILING
    connection.state, connection.last_error, connection.last_error_code = (
        ConnectionState.FAILING,
        text[:500],
        code[:30],
    )
    connection.last_error_at = now
    connection.save(update_fields=["state", "last_error", "last_error_code", "last_error_at"])
    if newly_failing:
        for member in team_queries.members():
            if member.can(ComplianceRight.CONFIGURE):
                team.notify(
                    member,
                    "channels.failing",
                    now=now,
                    path="/channels/",
                    data={"channel": connection.channel, "code": code, "text": text[:200]},
                )
    live.publish(TOPIC)


def open_session(connection: Connection, *, parallel: int = 1, pacer: Pacer | None = None) -> SendSession:
    """Open a session with at most ``parallel`` connections to the provider. Raises Unreachable.

    pacer: asked before each message.
    """
    adapter = registry.adapter(connection.channel, connection.adapter)
    secret = queries.decrypted_secret(connection)
    return adapter.open(connection.settings, secret, parallel=parallel, pacer=pacer)


def remote_session(connection: Connection, *, parallel: int) -> RemoteSession | None:
    """Return a picklable session for a process of its own, None if the adapter has none."""
    adapter = registry.adapter(connection.channel, connection.adapter)
    if adapter.remote is None:
        return None
    return adapter.remote(connection.settings, queries.decrypted_secret(connection), parallel=parallel)


def test_connection(
    *, channel: str, adapter: str, settings: Mapping[str, Any], secret: str, sender: str, recipient: str
) -> None:
    """Test settings without sending a message. Raises Unreachable with the code of what is wrong."""
    registered = registry.adapter(channel, adapter)
    if registered.probe is None:
        registered.open(settings, secret, parallel=1).close()
        return
    result = registered.probe(settings, secret, sender=sender, recipient=recipient)
    if result.outcome is not SendOutcome.ACCEPTED:
        raise Unreachable(f"{result.code} {result.text}".strip(), code=result.provider_id)


def send_directly(
    *, connection: Connection, sender: Sender, to: Sequence[str], content: RenderedContent, now: datetime
) -> list[SendResult]:
    """Send content to a few addresses outside a dispatch, and record the connection's state.

    Returns one result per address, in their order. Raises TestSendFailed if the provider is unreachable.
    """
    settings = RenderSettings(
        sender_name=sender.name,
        sender_address=sender.address,
        reply_to=sender.reply_to,
        at=now,
        bulk=False,
        include_parts=not registry.adapter(connection.channel, connection.adapter).delivers,
    )
    renderer = registry.channel(connection.channel).renderer(settings)
    batch = [renderer.build(Envelope(0, address), content) for address in to]
    try:
        session = open_session(connection)
        try:
            results = session.send(batch)
        finally:
            session.close()
    except Unreachable as error:
        record_failure(connection.pk, error.text, now, error.code)
        raise SendTestFailed(reason=error_message(error.code, error.text)) from error
    if any(result.outcome is SendOutcome.ACCEPTED for result in results):
        record_success(connection.pk, now)
    return results


def send_test(*, connection: Connection, sender: Sender, to: str, actor: Actor, now: datetime) -> SendResult:
    """Send one plain message and record the connection's state. Raises TestSendFailed."""
    text = _("This is a test message from Quen, sent as “%(sender)s” to check that the channel works.") % {
        "sender": sender.name
    }
    content = MessagePreview(subject=_("Test message"), html="", text=f"{text}\n")
    (result,) = send_directly(connection=connection, sender=sender, to=[to], content=content, now=now)
    if result.outcome is not SendOutcome.ACCEPTED:
        raise SendTestFailed(reason=f"{result.code} {result.text}".strip())
    team.audit(actor, "channels.tested", now=now, target=connection, data={"to": mask_address(to)})
    return result


def error_message(code: str, text: str) -> str:
    """Return the text for a connection error in the active language."""
    return str(CONNECTION_ERRORS.get(code, text))
