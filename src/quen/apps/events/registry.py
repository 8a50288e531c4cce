"""Extension points: event groups, event kinds, and the consumers that handle events."""

from __future__ import annotations

from quen.apps.events.types import Consumer, EventGroup, EventKind

_groups: dict[str, EventGroup] = {}
_by_key: dict[str, EventKind] = {}
_by_code: dict[int, EventKind] = {}
_consumers: dict[str, Consumer] = {}


def register_group(group: EventGroup) -> None:
    """Register a group of event kinds."""
    _groups[group.key] = group


def groups() -> list[EventGroup]:
    """Return the groups in their order."""
    return sorted(_groups.values(), key=lambda group: (group.order, group.key))


def get_group(key: str) -> EventGroup:
    """Return a group by its key. Raises KeyError."""
    return _groups[key]


def register_kind(kind: EventKind) -> None:
    """Register an event kind. Raises ValueError for a code that belongs to another kind."""
    known = _by_code.get(kind.code)
    if known is not None and known.key != kind.key:
        raise ValueError(f"Event code {kind.code} belongs to {known.key}.")
    _by_key[kind.key] = _by_code[kind.code] = kind


def get(key: str) -> EventKind:
    """Return a kind by its key. Raises KeyError."""
    return _by_key[key]


def find(key: str) -> EventKind | None:
    """Return a kind by its key, or None."""
    return _by_key.get(key)


def by_code(code: int) -> EventKind | None:
    """Return a kind by its stored code, or None."""
    return _by_code.get(code)


def all_kinds() -> list[EventKind]:
    """Return every kind, by code."""
    return [_by_code[code] for code in sorted(_by_code)]


def register_consumer(consumer: Consumer) -> None:
    """Register a consumer of events."""
    _consumers[consumer.key] = consumer


def consumers() -> list[Consumer]:
    """Return every consumer."""
    return list(_consumers.values())


def find_consumer(key: str) -> Consumer | None:
    """Return a consumer by its key, or None."""
    return _consumers.get(key)


def validate() -> None:
    """Raise ValueError for a kind of an unknown group and for a consumer of an unknown kind. Called at start."""
    for kind in _by_key.values():
        if kind.group not in _groups:
            raise ValueError(f"Event kind {kind.key} names the group {kind.group!r}, which no app registers.")
    for consumer in _consumers.values():
        for key in consumer.kinds:
            if key not in _by_key:
                raise ValueError(
                    f"Consumer {consumer.key} names the event kind {key!r}, which no app registers."
                )
