"""The kinds of events that exist and who acts on them. Rooms above register theirs from ``apps.ready()``."""

from __future__ import annotations

from quen.apps.events.types import Consumer, EventKind

_by_key: dict[str, EventKind] = {}
_by_code: dict[int, EventKind] = {}
_consumers: dict[str, Consumer] = {}


def register_kind(kind: EventKind) -> None:
    """Register a kind; its code and key are its own for ever."""
    known = _by_code.get(kind.code)
    if known is not None and known.key != kind.key:
        raise ValueError(f"event code {kind.code} belongs to {known.key}")
    _by_key[kind.key] = _by_code[kind.code] = kind


def get(key: str) -> EventKind:
    """Give a kind by its key. Raises KeyError."""
    return _by_key[key]


def find(key: str) -> EventKind | None:
    """Give a kind by its key, if it exists."""
    return _by_key.get(key)


def by_code(code: int) -> EventKind | None:
    """Give a kind by its stored code."""
    return _by_code.get(code)


def all_kinds() -> list[EventKind]:
    """Give every kind in order of code."""
    return [_by_code[code] for code in sorted(_by_code)]


def register_consumer(consumer: Consumer) -> None:
    """Register who acts on events; which kinds a workspace's consumer wants says services.declare_interest."""
    _consumers[consumer.key] = consumer


def unregister_consumer(key: str) -> None:
    """Take a consumer out again; its pending rows stay until one of this key is back."""
    _consumers.pop(key, None)


def consumers() -> list[Consumer]:
    """Give every consumer."""
    return list(_consumers.values())


def find_consumer(key: str) -> Consumer | None:
    """Give a consumer by its key."""
    return _consumers.get(key)
