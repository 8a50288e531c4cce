"""Sockets of the contacts room: what rooms above offer for a filter, and what they tell about a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from quen.apps.team.types import Right
from quen.core.sql import Relation


@dataclass(frozen=True, slots=True)
class FilterAction:
    """What can be made of the list's filter. ``address`` gets the tree as ``audience.tree_to_query`` writes it."""

    key: str
    label: str | Promise
    icon: str
    right: Right
    address: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class PersonPanel:
    """A part of the customer page; ``address`` gives what the page loads for a contact's id."""

    key: str
    title: str | Promise
    order: int
    right: Right
    address: Callable[[int], str]


_filter_actions: dict[str, FilterAction] = {}
_person_panels: dict[str, PersonPanel] = {}
_erasers: dict[str, Callable[[Relation, datetime], None]] = {}
_leaving: dict[str, Callable[[Relation, datetime], None]] = {}
_returning: dict[str, Callable[[Relation, datetime], None]] = {}


def filter_action(
    key: str, *, label: str | Promise, icon: str, right: Right, address: Callable[[str], str]
) -> None:
    """Offer something beside the chips of the customer list, whenever a filter is set."""
    _filter_actions[key] = FilterAction(key, label, icon, right, address)


def filter_actions() -> list[FilterAction]:
    """Give the offers in a steady order."""
    return [_filter_actions[key] for key in sorted(_filter_actions)]


def person_panel(
    key: str, *, title: str | Promise, order: int, right: Right, address: Callable[[int], str]
) -> None:
    """Show something about a person on the customer page; its HTML is loaded after the page."""
    _person_panels[key] = PersonPanel(key, title, order, right, address)


def person_panels() -> list[PersonPanel]:
    """Give the panels in their order."""
    return sorted(_person_panels.values(), key=lambda panel: (panel.order, panel.key))


def before_erasing(room: str, tell: Callable[[Relation, datetime], None]) -> None:
    """Let a room above erase, or keep as the law asks, what it knows of people about to be erased for good.

    ``tell(people, now)`` runs in the erasing transaction while the people are still there; people: contact_id.
    """
    _erasers[room] = tell


def tell_before_erasing(people: Relation, *, now: datetime) -> None:
    """Tell every room."""
    for tell in _erasers.values():
        tell(people, now)


def when_deleted(room: str, tell: Callable[[Relation, datetime], None]) -> None:
    """Let a room above keep what outlives deletion; ``tell(people, now)`` runs in the transaction that deletes."""
    _leaving[room] = tell


def tell_deleted(people: Relation, *, now: datetime) -> None:
    """Tell every room who has just been deleted."""
    for tell in _leaving.values():
        tell(people, now)


def when_restored(room: str, tell: Callable[[Relation, datetime], None]) -> None:
    """Let a room above take back what it did at the deletion; ``tell(people, now)`` runs in the same transaction."""
    _returning[room] = tell


def tell_restored(people: Relation, *, now: datetime) -> None:
    """Tell every room who has just come back from deletion."""
    for tell in _returning.values():
        tell(people, now)
