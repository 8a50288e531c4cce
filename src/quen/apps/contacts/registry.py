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
    url: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ContactPanel:
    """A part of the customer page; ``address`` gives what the page loads for a contact's id."""

    key: str
    title: str | Promise
    order: int
    right: Right
    url: Callable[[int], str]


_filter_actions: dict[str, FilterAction] = {}
_contact_panels: dict[str, ContactPanel] = {}
_erase_handlers: dict[str, Callable[[Relation, datetime], None]] = {}
_delete_handlers: dict[str, Callable[[Relation, datetime], None]] = {}
_restore_handlers: dict[str, Callable[[Relation, datetime], None]] = {}


def register_filter_action(
    key: str, *, label: str | Promise, icon: str, right: Right, url: Callable[[str], str]
) -> None:
    """Offer something beside the chips of the customer list, whenever a filter is set."""
    _filter_actions[key] = FilterAction(key, label, icon, right, url)


def filter_actions() -> list[FilterAction]:
    """Give the offers in a steady order."""
    return [_filter_actions[key] for key in sorted(_filter_actions)]


def register_contact_panel(
    key: str, *, title: str | Promise, order: int, right: Right, url: Callable[[int], str]
) -> None:
    """Show something about a person on the customer page; its HTML is loaded after the page."""
    _contact_panels[key] = ContactPanel(key, title, order, right, url)


def contact_panels() -> list[ContactPanel]:
    """Give the panels in their order."""
    return sorted(_contact_panels.values(), key=lambda panel: (panel.order, panel.key))


def on_erase(app: str, handler: Callable[[Relation, datetime], None]) -> None:
    """Let a room above erase, or keep as the law asks, what it knows of people about to be erased for good.

    ``tell(people, now)`` runs in the erasing transaction while the people are still there; people: contact_id.
    """
    _erase_handlers[app] = handler


def run_erase_handlers(contacts: Relation, *, now: datetime) -> None:
    """Tell every room."""
    for handler in _erase_handlers.values():
        handler(contacts, now)


def on_delete(app: str, handler: Callable[[Relation, datetime], None]) -> None:
    """Let a room above keep what outlives deletion; ``tell(people, now)`` runs in the transaction that deletes."""
    _delete_handlers[app] = handler


def run_delete_handlers(contacts: Relation, *, now: datetime) -> None:
    """Tell every room who has just been deleted."""
    for handler in _delete_handlers.values():
        handler(contacts, now)


def on_restore(app: str, handler: Callable[[Relation, datetime], None]) -> None:
    """Let a room above take back what it did at the deletion; ``tell(people, now)`` runs in the same transaction."""
    _restore_handlers[app] = handler


def run_restore_handlers(contacts: Relation, *, now: datetime) -> None:
    """Tell every room who has just come back from deletion."""
    for handler in _restore_handlers.values():
        handler(contacts, now)
