"""Sockets of the segments room: who uses a segment, and what can be done with one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from quen.apps.segments.types import SegmentUse
from quen.apps.team.types import Right


@dataclass(frozen=True, slots=True)
class SegmentAction:
    """Something rooms above do with a segment; ``url`` gets its id."""

    label: str | Promise
    icon: str
    url: Callable[[int], str]
    right: Right


_uses: list[Callable[[int], list[SegmentUse]]] = []


def register_uses(find: Callable[[int], list[SegmentUse]]) -> None:
    """Register what names the uses of a segment by its id; a used one is not archived."""
    _uses.append(find)


def uses_of(segment_id: int) -> list[SegmentUse]:
    """Give everything that uses a segment, room by room."""
    return [use for find in _uses for use in find(segment_id)]


_actions: list[SegmentAction] = []


def register_action(label: str | Promise, icon: str, url: Callable[[int], str], right: Right) -> None:
    """Offer something on the page of a segment, such as writing to its people, to those who hold the right."""
    _actions.append(SegmentAction(label, icon, url, right))


def actions() -> list[SegmentAction]:
    """Give the offers in the order they were plugged in."""
    return list(_actions)
