"""What a provider reports, and what customers send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReceiptKind(StrEnum):
    """What a provider, or a member simulating one in the sandbox, reports after sending."""

    DELIVERED = "delivered"
    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider reports about one message after it was sent.

    message_id: ours, if the provider returns it; otherwise None, and provider_id is the provider's own id.
    part: which part of a message sent in several, from 0.  code, text: the provider's own, short.
    """

    kind: ReceiptKind
    at: datetime
    message_id: int | None = None
    provider_id: str = ""
    part: int = 0
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message that a customer has sent to a connection.

    sender: their address on the channel.  provider_id: the provider's id of it, unique per connection.
    """

    sender: str
    text: str
    at: datetime
    provider_id: str
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request to a connection's webhook address, as it came. Header names are in lower case."""

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookOutcome:
    """What a batch of webhook requests contained. rejected: not signed by the provider, or not readable."""

    receipts: int = 0
    messages: int = 0
    rejected: tuple[WebhookRequest, ...] = ()


class InvalidSignature(Exception):
    """A webhook request was not signed by the provider."""
