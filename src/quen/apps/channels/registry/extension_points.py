"""How messages may travel, who listens to receipts, who counts what was used."""

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
    """Opens the way to a provider. Raises Unreachable."""

    def __call__(self, settings: Mapping[str, Any], secret: str, *, parallel: int) -> SendSession:
        """``settings`` is what is no secret, ``secret`` the password in clear; ``parallel`` connections at most."""


class ConnectionProbe(Protocol):
    """Tries a connection without sending anything. Raises Unreachable; gives what became of sender and recipient."""

    def __call__(
        self, settings: Mapping[str, Any], secret: str, *, sender: str, recipient: str
    ) -> SendResult:
        """Ask whether mail from ``sender`` to ``recipient`` would be taken."""


@dataclass(frozen=True, slots=True)
class ChannelAdapter:
    """A way messages of a kind may travel.

    form: what is asked to set it up, None when nothing is; a field named "secret" is encrypted and never shown again.
    leaves: messages really leave the system.  describe: settings in a few words, such as "smtp.example.vn:587".
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
    """Hears what a provider, or somebody playing in the sandbox, tells about a message."""

    def __call__(self, *, message_id: int, kind: ReceiptKind, text: str, at: datetime) -> None:
        """Take it in; the same receipt may come twice."""


UsageCounter = Callable[[int, datetime], int]

_adapters: dict[str, ChannelAdapter] = {}
_receipt_handlers: list[ReceiptHandler] = []
_usage_counters: list[UsageCounter] = []


def register_adapter(adapter: ChannelAdapter) -> None:
    """Plug in a way to travel."""
    _adapters[adapter.key] = adapter


def adapter(key: str) -> ChannelAdapter:
    """Give an adapter. Raises KeyError."""
    return _adapters[key]


def adapters(channel: str) -> list[ChannelAdapter]:
    """Give the adapters of a kind, in order of plugging."""
    return [adapter for adapter in _adapters.values() if adapter.channel == channel]


def on_receipt(handler: ReceiptHandler) -> None:
    """Register who hears receipts; called with ``message_id=, kind=, text=, at=`` inside the workspace."""
    if handler not in _receipt_handlers:
        _receipt_handlers.append(handler)


def receipt_handlers() -> list[ReceiptHandler]:
    """Give the registered handlers."""
    return list(_receipt_handlers)


def register_usage_counter(count: UsageCounter) -> None:
    """Register a count of messages handed over: ``count(connection_id, since)``."""
    if count not in _usage_counters:
        _usage_counters.append(count)


def used_since(connection_id: int, since: datetime) -> int:
    """Give how many messages a connection took since an instant."""
    return sum(count(connection_id, since) for count in _usage_counters)
