"""Setting up how messages travel, opening the way, keeping book of how it does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from quen.apps.channels import queries, registry
from quen.apps.channels.models import Connection, Sender
from quen.apps.channels.services import cache
from quen.apps.channels.types import (
    CONNECTION_ERRORS,
    ConnectionState,
    MailParts,
    Outgoing,
    SendOutcome,
    SendResult,
    SendSession,
    TestSendFailed,
    Unreachable,
)
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import Right
from quen.core import crypto, live

if TYPE_CHECKING:
    from quen.apps.team.models import Member

TOPIC = "channels"
#: a working connection is noted at most this often; sending tells after each window
_SUCCESS_INTERVAL = timedelta(minutes=1)


@transaction.atomic
def set_connection(
    *,
    channel: str,
    adapter: str,
    settings: Mapping[str, Any],
    secret: str | None,
    rate_per_second: float | None,
    actor: Member | None,
    now: datetime,
) -> Connection:
    """Let messages of a kind travel by an adapter from now on; what was active before stays set up, but rests.

    secret: None keeps the present one as long as host and user stay, "" is none.  Messages of launches under way
    keep the connection they began with.
    """
    registered = registry.adapter(adapter)
    connection = Connection.objects.select_for_update().filter(channel=channel, adapter=adapter).first()
    if connection is None:
        connection = Connection(channel=channel, adapter=adapter, created_at=now)
    if secret is None and not _same_account(connection, settings):
        secret = ""
    if secret is not None:
        connection.secret = crypto.encrypt(secret, purpose=queries.SECRET_PURPOSE) if secret else ""
    connection.name = f"{registered.label}"[:120]
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
def activate_connection(*, connection: Connection, actor: Member | None, now: datetime) -> Connection:
    """Switch to a connection that is set up already."""
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
    """Give the password to try settings with: the typed one, else the kept one, but never to another account."""
    connection = queries.find_connection(channel, adapter)
    return typed or (
        queries.decrypted_secret(connection)
        if connection is not None and _same_account(connection, settings)
        else ""
    )


def _same_account(connection: Connection, settings: Mapping[str, Any]) -> bool:
    """A kept password never travels to a server or user it was not given for."""
    return all(connection.settings.get(key) == settings.get(key) for key in ("host", "user"))


def _activate(connection: Connection) -> None:
    others = Connection.objects.filter(channel=connection.channel, active=True).exclude(pk=connection.pk)
    others.update(active=False)
    connection.active = True
    connection.save()
    cache.clear_cache()
    transaction.on_commit(cache.clear_cache)


def record_success(connection_id: int, now: datetime) -> None:
    """Note that a hand-over went well. Cheap: writes at most once a minute."""
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
    """Note that the provider could not be used; those who set up sending hear of it when it begins.

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
            if member.can(Right.CONFIGURE_SENDING):
                team.notify(
                    member,
                    "channels.failing",
                    now=now,
                    path="/channels/",
                    data={"channel": connection.channel, "code": code, "text": text[:200]},
                )
    live.publish(TOPIC)


def open_session(connection: Connection, *, parallel: int = 1) -> SendSession:
    """Open the way to the provider, with so many connections at most. Raises Unreachable."""
    adapter = registry.adapter(connection.adapter)
    return adapter.open(connection.settings, queries.decrypted_secret(connection), parallel=parallel)


def test_connection(
    *, channel: str, adapter: str, settings: Mapping[str, Any], secret: str, sender: str, recipient: str
) -> None:
    """Try settings without sending anything. Raises Unreachable, its code saying what is wrong."""
    registered = registry.adapter(adapter)
    if registered.probe is None:
        registered.open(settings, secret, parallel=1).close()
        return
    result = registered.probe(settings, secret, sender=sender, recipient=recipient)
    if result.outcome is not SendOutcome.ACCEPTED:
        raise Unreachable(f"{result.code} {result.text}".strip(), code=result.provider_id)


def send_test(
    *, connection: Connection, sender: Sender, to: str, actor: Member | None, now: datetime
) -> SendResult:
    """Send one plain message by a connection and note how it did. Raises NotHandedOver."""
    text = _(
        "This is a test from Quen. It was sent by “%(sender)s” so that you can see that the channel works."
    ) % {"sender": sender.name}
    subject = _("Test of the email channel")
    parts = MailParts(
        from_name=sender.name,
        from_address=sender.address,
        reply_to=sender.reply_to,
        to_address=to,
        subject=subject,
        text=f"{text}\n",
        at=now,
        bulk=False,
    )
    outgoing = Outgoing(
        key=0,
        sender=sender.address,
        recipient=to,
        body=registry.build_mail(parts),
        parts={"subject": subject, "text": text, "html": "", "from": f"{sender.name} <{sender.address}>"},
    )
    try:
        session = open_session(connection)
        try:
            (result,) = session.send([outgoing])
        finally:
            session.close()
    except Unreachable as error:
        record_failure(connection.pk, error.text, now, error.code)
        raise TestSendFailed(reason=error_message(error.code, error.text)) from error
    if result.outcome is not SendOutcome.ACCEPTED:
        raise TestSendFailed(reason=f"{result.code} {result.text}".strip())
    record_success(connection.pk, now)
    team.audit(actor, "channels.tested", now=now, target=connection, data={"to": to})
    return result


def error_message(code: str, text: str) -> str:
    """Say what is wrong with a connection in the active language."""
    return str(CONNECTION_ERRORS.get(code, text))
