"""Which rows of the channels room somebody may reach."""

from __future__ import annotations

from quen.apps.channels import queries
from quen.apps.channels.models import Connection, SandboxMessage, Sender
from quen.apps.channels.types import NoConnection
from quen.core.errors import NotFound


def connection(connection_id: int) -> Connection:
    """Give a connection. Raises NotFound."""
    try:
        return queries.get_connection(connection_id)
    except NoConnection as error:
        raise NotFound() from error


def sender(sender_id: int) -> Sender:
    """Give a sender. Raises NotFound."""
    return queries.get_sender(sender_id)


def sandbox_message(message_id: int) -> SandboxMessage:
    """Give a message of the sandbox. Raises NotFound."""
    return queries.get_sandbox_message(message_id)
