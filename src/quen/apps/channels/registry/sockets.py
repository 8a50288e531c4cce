"""How messages may travel, who listens to receipts, who counts what was used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.functional import Promise

from quen.apps.channels.types import ReceiptKind, Result, Session

if TYPE_CHECKING:
    from django import forms


class Opens(Protocol):
    """Opens the way to a provider. Raises Unreachable."""

    def __call__(self, settings: Mapping[str, Any], secret: str, *, parallel: int) -> Session:
        """``settings`` is what is no secret, ``secret`` the password in clear; ``parallel`` connections at most."""


class Probes(Protocol):
    """Tries a connection without sending anything. Raises Unreachable; gives what became of sender and recipient."""

    def __call__(self, settings: Mapping[str, Any], secret: str, *, sender: str, recipient: str) -> Result:
        """Ask whether mail from ``sender`` to ``recipient`` would be taken."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A way messages of a kind may travel.

    form: what is asked to set it up, None when nothing is; a field named "secret" is encrypted and never shown again.
    leaves: messages really leave the system.  describe: settings in a few words, such as "smtp.example.vn:587".
    """

    key: str
    kind: str
    label: str | Promise
    form: type[forms.Form] | None
    open: Opens
    leaves: bool = True
    probe: Probes | None = None
    describe: Callable[[Mapping[str, Any]], str] = lambda _settings: ""


class OnReceipt(Protocol):
    """Hears what a provider, or somebody playing in the sandbox, tells about a message."""

    def __call__(self, *, message_id: int, kind: ReceiptKind, text: str, at: datetime) -> None:
        """Take it in; the same receipt may come twice."""


Usage = Callable[[int, datetime], int]

_adapters: dict[str, Adapter] = {}
_handlers: list[OnReceipt] = []
_usages: list[Usage] = []


def plug_adapter(plug: Adapter) -> None:
    """Plug in a way to travel."""
    _adapters[plug.key] = plug


def adapter(key: str) -> Adapter:
    """Give an adapter. Raises KeyError."""
    return _adapters[key]


def adapters(kind: str) -> list[Adapter]:
    """Give the adapters of a kind, in order of plugging."""
    return [plug for plug in _adapters.values() if plug.kind == kind]


def on_receipt(handler: OnReceipt) -> None:
    """Register who hears receipts; called with ``message_id=, kind=, text=, at=`` inside the workspace."""
    if handler not in _handlers:
        _handlers.append(handler)


def receipt_handlers() -> list[OnReceipt]:
    """Give the registered handlers."""
    return list(_handlers)


def plug_usage(count: Usage) -> None:
    """Register a count of messages handed over: ``count(connection_id, since)``."""
    if count not in _usages:
        _usages.append(count)


def used_today(connection_id: int, since: datetime) -> int:
    """Give how many messages a connection took since an instant."""
    return sum(count(connection_id, since) for count in _usages)
