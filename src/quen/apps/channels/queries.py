"""Reads of the channels room."""

from __future__ import annotations

from django.db.models import QuerySet

from quen.apps.channels.models import Connection, SandboxMessage, Sender
from quen.apps.channels.rules import memory
from quen.apps.channels.types import NoConnection
from quen.core import crypto, schemas
from quen.core.errors import NotFound

EMAIL = "email"
SANDBOX, SMTP = "sandbox", "smtp"
SECRET_PURPOSE = "channel-secret"  # noqa: S105  # names a key, is none


def connections(kind: str | None = None) -> QuerySet[Connection]:
    """Give the connections, the active one of each kind first."""
    found = Connection.objects.order_by("kind", "-active", "id")
    return found if kind is None else found.filter(kind=kind)


def find_active(kind: str) -> Connection | None:
    """Give the connection messages of a kind travel by."""
    return Connection.objects.filter(kind=kind, active=True).first()


def active_connection(kind: str) -> Connection:
    """Give the connection messages of a kind travel by. Raises NoConnection."""
    found = find_active(kind)
    if found is None:
        raise NoConnection()
    return found


def get_connection(connection_id: int) -> Connection:
    """Give a connection, also one that is not active any more. Raises NoConnection."""
    found = Connection.objects.filter(pk=connection_id).first()
    if found is None:
        raise NoConnection()
    return found


def connection_of(kind: str, adapter: str) -> Connection | None:
    """Give the connection by an adapter."""
    return Connection.objects.filter(kind=kind, adapter=adapter).first()


def secret_of(connection: Connection) -> str:
    """Give a connection's password in clear; for handing to the provider only."""
    return crypto.decrypt(connection.secret, purpose=SECRET_PURPOSE) if connection.secret else ""


def senders(kind: str) -> QuerySet[Sender]:
    """Give the senders of a kind, the preferred one first."""
    return Sender.objects.filter(kind=kind)


def get_sender(sender_id: int) -> Sender:
    """Give a sender. Raises NotFound."""
    found = Sender.objects.filter(pk=sender_id).first()
    if found is None:
        raise NotFound()
    return found


def preferred_sender(kind: str) -> Sender | None:
    """Give the sender a new campaign starts with; None when there is none at all."""
    return senders(kind).first()


def sandbox_is_on() -> bool:
    """Say whether any channel of the workspace is the sandbox."""
    return Connection.objects.filter(active=True, adapter=SANDBOX).exists()


def sandbox_was_on() -> bool:
    """Say the same from memory, some seconds old at most: every page's sidebar asks."""
    schema = schemas.current()
    on = memory.recall_sandbox(schema)
    if on is None:
        on = sandbox_is_on()
        memory.remember_sandbox(schema, on=on)
    return on


def sandbox_messages(*, words: str = "") -> QuerySet[SandboxMessage]:
    """Give what would have left the system, newest first; ``words`` looks in recipient and subject."""
    from django.db.models import Q

    found = SandboxMessage.objects.defer("html", "text", "headers").order_by("-id")
    for word in words.split():
        found = found.filter(Q(recipient__icontains=word) | Q(subject__icontains=word))
    return found


def get_sandbox_message(message_id: int) -> SandboxMessage:
    """Give a message of the sandbox by its own id. Raises NotFound."""
    found = SandboxMessage.objects.filter(pk=message_id).first()
    if found is None:
        raise NotFound()
    return found
