"""Extension points of segments: what uses a segment, and what can be done with one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from quen.apps.segments.types import SegmentUse


@dataclass(frozen=True, slots=True)
class SegmentAction:
    """An action on the page of a segment. url: called with the segment's id."""

    label: str | Promise
    icon: str
    url: Callable[[int], str]
    right: str


_uses: list[Callable[[int], list[SegmentUse]]] = []


def register_uses(find: Callable[[int], list[SegmentUse]]) -> None:
    """Register a function that returns the uses of a segment by its id. A used segment can't be archived."""
    _uses.append(find)


def uses_of(segment_id: int) -> list[SegmentUse]:
    """Return everything that uses a segment, app by app."""
    return [use for find in _uses for use in find(segment_id)]


_actions: list[SegmentAction] = []


def register_action(label: str | Promise, icon: str, url: Callable[[int], str], right: str) -> None:
    """Register an action, such as sending a campaign, for members who hold the right."""
    _actions.append(SegmentAction(label, icon, url, right))


def actions() -> list[SegmentAction]:
    """Return the actions in the order of their registration."""
    return list(_actions)
