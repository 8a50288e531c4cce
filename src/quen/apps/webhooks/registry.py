"""Extension point: the kinds of messages that endpoints can choose. Apps declare them in their manifest."""

from __future__ import annotations

from quen.apps.events import registry as events
from quen.apps.webhooks.types import WebhookKind

_kinds: dict[str, WebhookKind] = {}


def register_kind(kind: WebhookKind) -> None:
    """Offer a kind of message. Raises ValueError if there is one of this name."""
    if kind.name in _kinds and _kinds[kind.name] != kind:
        raise ValueError(f"The kind of webhook {kind.name} is declared twice.")
    _kinds[kind.name] = kind


def kinds() -> list[WebhookKind]:
    """Return the kinds in the order of their apps."""
    return list(_kinds.values())


def find_kind(name: str) -> WebhookKind | None:
    """Return a kind by its public name, or None."""
    return _kinds.get(name)


def validate() -> None:
    """Raise ValueError for a kind that follows an event no app registers. Called at start."""
    for kind in _kinds.values():
        for key in kind.events:
            if events.find(key) is None:
                raise ValueError(
                    f"The kind of webhook {kind.name} follows the event {key!r}, which no app registers."
                )
