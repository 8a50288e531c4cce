"""Reads of the channels app."""

from __future__ import annotations

import math
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.utils.formats import localize

from quen.apps.channels.models import Connection, SandboxMessage, Sender
from quen.apps.channels.types import NoConnection, SenderMissing
from quen.core import crypto
from quen.core.errors import NotFound

EMAIL = "email"
SANDBOX, SMTP = "sandbox", "smtp"
EXCERPT_CHARS = 100
SECRET_PURPOSE = "channel-secret"  # noqa: S105  # names a key, is none


def connections(channel: str | None = None) -> QuerySet[Connection]:
    """Return the connections, the active one of each channel first."""
    found = Connection.objects.order_by("channel", "-active", "id")
    return found if channel is None else found.filter(channel=channel)


def find_active_connection(channel: str) -> Connection | None:
    """Return the active connection of a channel, None without one."""
    return Connection.objects.filter(channel=channel, active=True).first()


def active_connection(channel: str) -> Connection:
    """Return the active connection of a channel. Raises NoConnection."""
    found = find_active_connection(channel)
    if found is None:
        raise NoConnection()
    return found


def proposed_rate(connection: Connection) -> float | None:
    """Return the rate to set for a server that asked for less: what it took, rounded down. None when it did not ask."""
    found = connection.found_rate
    if connection.slowed_at is None or found is None or found >= (connection.rate_per_second or found + 1):
        return None
    return float(math.floor(found)) if found >= 3 else math.floor(found * 10) / 10 or 0.1


def shown_rate(rate: float) -> str:
    """Return a rate as people read it: one decimal below ten, none that is zero."""
    rounded = round(rate, 1) if rate < 10 else round(rate)
    return str(localize(int(rounded) if rounded == int(rounded) else rounded))


def connected_channels() -> set[str]:
    """Return the keys of the channels that have an active connection, the sandbox included."""
    return set(Connection.objects.filter(active=True).values_list("channel", flat=True))


def get_connection(connection_id: int) -> Connection:
    """Return a connection, active or not. Raises NoConnection."""
    found = Connection.objects.filter(pk=connection_id).first()
    if found is None:
        raise NoConnection()
    return found


def find_connection(channel: str, adapter: str) -> Connection | None:
    """Return a channel's connection for an adapter, None without one."""
    return Connection.objects.filter(channel=channel, adapter=adapter).first()


def decrypted_secret(connection: Connection) -> str:
    """Return a connection's password in clear text; only for passing it to the provider."""
    return crypto.decrypt(connection.secret, purpose=SECRET_PURPOSE) if connection.secret else ""


def senders(channel: str) -> QuerySet[Sender]:
    """Return the senders of a channel, the preferred one first."""
    return Sender.objects.filter(channel=channel)


def get_sender(sender_id: int) -> Sender:
    """Return a sender. Raises NotFound."""
    found = Sender.objects.filter(pk=sender_id).first()
    if found is None:
        raise NotFound()
    return found


def preferred_sender(channel: str) -> Sender | None:
    """Return the sender preselected in new campaigns, None when the channel has no sender."""
    return senders(channel).first()


def get_preferred_sender(channel: str) -> Sender:
    """Return the sender preselected in new campaigns. Raises SenderMissing."""
    found = preferred_sender(channel)
    if found is None:
        raise SenderMissing()
    return found


def sandbox_is_on() -> bool:
    """Return whether any channel of the workspace uses the sandbox."""
    return Connection.objects.filter(active=True, adapter=SANDBOX).exists()


def sandbox_messages(
    *, search: str = "", message_ids: QuerySet[Any] | None = None
) -> QuerySet[SandboxMessage]:
    """Return the messages in the sandbox, newest first, each with an ``excerpt`` of its text.

    search: filters by recipient, subject and the text of messages without one.  message_ids: only these.
    """
    found = (
        SandboxMessage.objects.defer("html", "text", "headers")
        .annotate(excerpt=Left("text", EXCERPT_CHARS))
        .order_by("-id")
    )
    if message_ids is not None:
        found = found.filter(message_id__in=message_ids)
    for word in search.split():
        in_text = Q(subject="", text__icontains=word)
        found = found.filter(Q(recipient__icontains=word) | Q(subject__icontains=word) | in_text)
    return found


def sandbox_neighbours(
    message: SandboxMessage, *, search: str = "", message_ids: QuerySet[Any] | None = None
) -> tuple[int | None, int | None]:
    """Return the ids of the messages above and below one in the list, None at its ends."""
    listed = sandbox_messages(search=search, message_ids=message_ids)
    above = listed.filter(pk__gt=message.pk).order_by("pk").values_list("pk", flat=True).first()
    below = listed.filter(pk__lt=message.pk).values_list("pk", flat=True).first()
    return above, below


def count_sandboxed(message_ids: QuerySet[Any]) -> int:
    """Return how many of some messages are in the sandbox."""
    return SandboxMessage.objects.filter(message_id__in=message_ids).count()


def get_sandbox_message(message_id: int) -> SandboxMessage:
    """Return a sandbox message by its own id. Raises NotFound."""
    found = SandboxMessage.objects.filter(pk=message_id).first()
    if found is None:
        raise NotFound()
    return found
