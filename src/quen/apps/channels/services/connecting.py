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
from quen.apps.channels.rules import memory
from quen.apps.channels.types import (
    TROUBLES,
    ConnectionState,
    MailParts,
    NotHandedOver,
    Outcome,
    Outgoing,
    Result,
    Session,
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
_OK_EVERY = timedelta(minutes=1)


@transaction.atomic
def set_connection(
    *,
    kind: str,
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
    plug = registry.adapter(adapter)
    row = Connection.objects.select_for_update().filter(kind=kind, adapter=adapter).first()
    if row is None:
        row = Connection(kind=kind, adapter=adapter, created_at=now)
    if secret is None and not _same_account(row, settings):
        secret = ""
    if secret is not None:
        row.secret = crypto.encrypt(secret, purpose=queries.SECRET_PURPOSE) if secret else ""
    row.name = f"{plug.label}"[:120]
    row.settings, row.rate_per_second = dict(settings), rate_per_second
    row.state, row.last_error, row.last_error_code, row.last_error_at = ConnectionState.UNTESTED, "", "", None
    _make_active(row)
    team.log_action(
        actor, "channels.connection_set", now=now, target=row, data={"kind": kind, "adapter": adapter}
    )
    live.announce(TOPIC)
    return row


@transaction.atomic
def choose_connection(*, connection: Connection, actor: Member | None, now: datetime) -> Connection:
    """Switch to a connection that is set up already."""
    _make_active(connection)
    team.log_action(
        actor,
        "channels.connection_set",
        now=now,
        target=connection,
        data={"kind": connection.kind, "adapter": connection.adapter},
    )
    live.announce(TOPIC)
    return connection


def secret_for(*, kind: str, adapter: str, settings: Mapping[str, Any], typed: str) -> str:
    """Give the password to try settings with: the typed one, else the kept one, but never to another account."""
    row = queries.connection_of(kind, adapter)
    return typed or (queries.secret_of(row) if row is not None and _same_account(row, settings) else "")


def _same_account(row: Connection, settings: Mapping[str, Any]) -> bool:
    """A kept password never travels to a server or user it was not given for."""
    return all(row.settings.get(key) == settings.get(key) for key in ("host", "user"))


def _make_active(row: Connection) -> None:
    others = Connection.objects.filter(kind=row.kind, active=True).exclude(pk=row.pk)
    others.update(active=False)
    row.active = True
    row.save()
    memory.forget_sandbox()
    transaction.on_commit(memory.forget_sandbox)


def note_ok(connection_id: int, now: datetime) -> None:
    """Note that a hand-over went well. Cheap: writes at most once a minute."""
    due = Q(last_ok_at=None) | Q(last_ok_at__lt=now - _OK_EVERY) | ~Q(state=ConnectionState.WORKING)
    before = list(Connection.objects.filter(due, pk=connection_id).values_list("state", flat=True))
    if not before:
        return
    Connection.objects.filter(pk=connection_id).update(state=ConnectionState.WORKING, last_ok_at=now)
    if before != [ConnectionState.WORKING]:
        live.announce(TOPIC)


@transaction.atomic
def note_error(connection_id: int, text: str, now: datetime, code: str = "") -> None:
    """Note that the provider could not be used; those who set up sending hear of it when it begins.

    text, code: of the Unreachable that was raised.
    """
    row = Connection.objects.select_for_update().filter(pk=connection_id).first()
    if row is None:
        return
    begins = row.state != ConnectionState.FAILING
    row.state, row.last_error, row.last_error_code = ConnectionState.FAILING, text[:500], code[:30]
    row.last_error_at = now
    row.save(update_fields=["state", "last_error", "last_error_code", "last_error_at"])
    if begins:
        for member in team_queries.members():
            if member.can(Right.CONFIGURE_SENDING):
                team.notify(
                    member,
                    "channels.failing",
                    now=now,
                    path="/channels/",
                    data={"kind": row.kind, "code": code, "text": text[:200]},
                )
    live.announce(TOPIC)


def open_session(connection: Connection, *, parallel: int = 1) -> Session:
    """Open the way to the provider, with so many connections at most. Raises Unreachable."""
    plug = registry.adapter(connection.adapter)
    return plug.open(connection.settings, queries.secret_of(connection), parallel=parallel)


def test_connection(
    *, kind: str, adapter: str, settings: Mapping[str, Any], secret: str, sender: str, recipient: str
) -> None:
    """Try settings without sending anything. Raises Unreachable, its code saying what is wrong."""
    plug = registry.adapter(adapter)
    if plug.probe is None:
        plug.open(settings, secret, parallel=1).close()
        return
    result = plug.probe(settings, secret, sender=sender, recipient=recipient)
    if result.outcome is not Outcome.ACCEPTED:
        raise Unreachable(f"{result.code} {result.text}".strip(), code=result.provider_id)


def send_test(
    *, connection: Connection, sender: Sender, to: str, actor: Member | None, now: datetime
) -> Result:
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
        note_error(connection.pk, error.text, now, error.code)
        raise NotHandedOver(reason=trouble(error.code, error.text)) from error
    if result.outcome is not Outcome.ACCEPTED:
        raise NotHandedOver(reason=f"{result.code} {result.text}".strip())
    note_ok(connection.pk, now)
    team.log_action(actor, "channels.tested", now=now, target=connection, data={"to": to})
    return result


def trouble(code: str, text: str) -> str:
    """Say what is wrong with a connection in the active language."""
    return str(TROUBLES.get(code, text))
