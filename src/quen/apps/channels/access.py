"""Loads rows of the channels app for views; missing ones are a 404."""

from __future__ import annotations

from quen.apps.channels import queries, registry
from quen.apps.channels.models import Connection, SandboxMessage, Sender
from quen.apps.channels.types import NoConnection
from quen.core.errors import NotFound


def channel(key: str) -> registry.MessageChannel:
    """Return a channel. Raises NotFound."""
    try:
        return registry.channel(key)
    except KeyError as error:
        raise NotFound() from error


def adapter(channel: str, key: str) -> registry.Adapter:
    """Return an adapter that has settings. Raises NotFound."""
    try:
        found = registry.adapter(channel, key)
    except KeyError as error:
        raise NotFound() from error
    if found.form is None:
        raise NotFound()
    return found


def connection(connection_id: int) -> Connection:
    """Return a connection. Raises NotFound."""
    try:
        return queries.get_connection(connection_id)
    except NoConnection as error:
        raise NotFound() from error


def sender(sender_id: int) -> Sender:
    """Return a sender. Raises NotFound."""
    return queries.get_sender(sender_id)


def sandbox_message(message_id: int) -> SandboxMessage:
    """Return a sandbox message. Raises NotFound."""
    return queries.get_sandbox_message(message_id)
