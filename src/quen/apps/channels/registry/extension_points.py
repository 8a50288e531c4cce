"""Registered adapters, receipt handlers and usage counters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.functional import Promise

from quen.apps.channels.types import ReceiptKind, SendResult, SendSession

if TYPE_CHECKING:
    from django import forms


class SessionOpener(Protocol):
    """Opens a session with a provider. Raises Unreachable."""

    def __call__(self, settings: Mapping[str, Any], secret: str, *, parallel: int) -> SendSession:
        """``settings``: not secret; ``secret``: the password in clear text; ``parallel``: maximum connections."""


class ConnectionProbe(Protocol):
    """Tests a connection without sending. Raises Unreachable; returns the result for sender and recipient."""

    def __call__(
        self, settings: Mapping[str, Any], secret: str, *, sender: str, recipient: str
    ) -> SendResult:
        """Ask the provider whether it would accept mail from ``sender`` to ``recipient``."""


@dataclass(frozen=True, slots=True)
class ChannelAdapter:
    """A way to send the messages of a channel.

    form: asks for the settings, None when there are none; a field named "secret" is encrypted and never shown again.
    delivers: messages really leave the system.  describe: returns the settings in short, such as "smtp.example.vn:587".
    """

    key: str
    channel: str
    label: str | Promise
    form: type[forms.Form] | None
    open: SessionOpener
    delivers: bool = True
    probe: ConnectionProbe | None = None
    describe: Callable[[Mapping[str, Any]], str] = lambda _settings: ""


class ReceiptHandler(Protocol):
    """Handles what a provider, or a member simulating one in the sandbox, reports about a message."""

    def __call__(self, *, message_id: int, kind: ReceiptKind, text: str, at: datetime) -> None:
        """Process the receipt; the same one may come twice."""


UsageCounter = Callable[[int, datetime], int]

_adapters: dict[str, ChannelAdapter] = {}
_receipt_handlers: list[ReceiptHandler] = []
_usage_counters: list[UsageCounter] = []


def register_adapter(adapter: ChannelAdapter) -> None:
    """Register an adapter."""
    _adapters[adapter.key] = adapter


def adapter(key: str) -> ChannelAdapter:
    """Return an adapter. Raises KeyError."""
    return _adapters[key]


def adapters(channel: str) -> list[ChannelAdapter]:
    """Return the adapters of a channel in order of registration."""
    return [adapter for adapter in _adapters.values() if adapter.channel == channel]


def on_receipt(handler: ReceiptHandler) -> None:
    """Register a receipt handler; called with ``message_id=, kind=, text=, at=`` inside the workspace."""
    if handler not in _receipt_handlers:
        _receipt_handlers.append(handler)


def receipt_handlers() -> list[ReceiptHandler]:
    """Return the registered receipt handlers."""
    return list(_receipt_handlers)


def register_usage_counter(count: UsageCounter) -> None:
    """Register a counter of sent messages: ``count(connection_id, since)``."""
    if count not in _usage_counters:
        _usage_counters.append(count)


def used_since(connection_id: int, since: datetime) -> int:
    """Return how many messages a connection has sent since an instant."""
    return sum(count(connection_id, since) for count in _usage_counters)
