"""Sockets of the segments room: who uses a segment, and what can be done with one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from quen.apps.segments.types import Use
from quen.apps.team.types import Right


@dataclass(frozen=True, slots=True)
class Action:
    """Something rooms above do with a segment; ``address`` gets its id."""

    label: str | Promise
    icon: str
    address: Callable[[int], str]
    right: Right


_uses: list[Callable[[int], list[Use]]] = []


def plug_uses(find: Callable[[int], list[Use]]) -> None:
    """Register what names the uses of a segment by its id; a used one is not archived."""
    _uses.append(find)


def uses_of(segment_id: int) -> list[Use]:
    """Give everything that uses a segment, room by room."""
    return [use for find in _uses for use in find(segment_id)]


_actions: list[Action] = []


def plug_action(label: str | Promise, icon: str, address: Callable[[int], str], right: Right) -> None:
    """Offer something on the page of a segment, such as writing to its people, to those who hold the right."""
    _actions.append(Action(label, icon, address, right))


def actions() -> list[Action]:
    """Give the offers in the order they were plugged in."""
    return list(_actions)
