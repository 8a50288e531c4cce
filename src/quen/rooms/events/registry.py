"""The kinds of events that exist. Rooms above register theirs from ``apps.ready()``."""

from __future__ import annotations

from quen.rooms.events.types import EventKind

_by_key: dict[str, EventKind] = {}
_by_code: dict[int, EventKind] = {}


def register(kind: EventKind) -> None:
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
