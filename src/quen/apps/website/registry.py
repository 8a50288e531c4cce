"""Extension point of the website app: who the recipients of messages are, known by the app that sends them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import NamedTuple


class MessageRecipient(NamedTuple):
    """To whom a message was sent, and when."""

    contact_id: int
    sent_at: datetime


Recipients = Callable[[Collection[int]], Mapping[int, MessageRecipient]]
_recipients: dict[str, Recipients] = {}


def register_recipients(read: Recipients) -> None:
    """Register what returns the recipients of messages by id; messages that are gone or were not sent are left out."""
    _recipients["messages"] = read


def recipients_of(message_ids: Collection[int]) -> Mapping[int, MessageRecipient]:
    """Return the recipients of messages."""
    read = _recipients.get("messages")
    return read(message_ids) if read and message_ids else {}
