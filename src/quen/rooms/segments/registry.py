"""Socket of the segments room: who uses a segment."""

from __future__ import annotations

from collections.abc import Callable

from quen.rooms.segments.types import Use

_uses: list[Callable[[int], list[Use]]] = []


def plug_uses(find: Callable[[int], list[Use]]) -> None:
    """Register what names the uses of a segment by its id; a used one is not archived."""
    _uses.append(find)


def uses_of(segment_id: int) -> list[Use]:
    """Give everything that uses a segment, room by room."""
    return [use for find in _uses for use in find(segment_id)]
