"""Extension points of the contacts app: filter actions, panels of the contact page, handlers of deletion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from quen.core.sql import Relation


@dataclass(frozen=True, slots=True)
class FilterAction:
    """A link offered next to the list's filter; ``url`` receives the tree as written by ``audience.tree_to_query``."""

    key: str
    label: str | Promise
    icon: str
    right: str
    url: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ContactPanel:
    """A panel of the contact page; ``url`` returns what the page loads, given the contact's id."""

    key: str
    title: str | Promise
    order: int
    right: str
    url: Callable[[int], str]


_filter_actions: dict[str, FilterAction] = {}
_contact_panels: dict[str, ContactPanel] = {}
_erase_handlers: dict[str, Callable[[Relation, datetime], None]] = {}
_delete_handlers: dict[str, Callable[[Relation, datetime], None]] = {}
_restore_handlers: dict[str, Callable[[Relation, datetime], None]] = {}


def register_filter_action(
    key: str, *, label: str | Promise, icon: str, right: str, url: Callable[[str], str]
) -> None:
    """Register a link that is shown next to the chips of the contact list whenever a filter is set."""
    _filter_actions[key] = FilterAction(key, label, icon, right, url)


def filter_actions() -> list[FilterAction]:
    """Return the registered actions by key."""
    return [_filter_actions[key] for key in sorted(_filter_actions)]


def register_contact_panel(panel: ContactPanel) -> None:
    """Register a panel of the contact page; its HTML is loaded after the page."""
    _contact_panels[panel.key] = panel


def contact_panels() -> list[ContactPanel]:
    """Return the panels in their order."""
    return sorted(_contact_panels.values(), key=lambda panel: (panel.order, panel.key))


def on_erase(app: str, handler: Callable[[Relation, datetime], None]) -> None:
    """Register how an app erases its data of contacts that are about to be erased, or keeps it as the law requires.

    ``handler(contacts, now)`` runs in the erasing transaction, before the contacts are gone; contacts: contact_id.
    """
    _erase_handlers[app] = handler


def run_erase_handlers(contacts: Relation, *, now: datetime) -> None:
    """Call every app's erase handler."""
    for handler in _erase_handlers.values():
        handler(contacts, now)


def on_delete(app: str, handler: Callable[[Relation, datetime], None]) -> None:
    """Register what an app does when contacts are deleted; ``handler(contacts, now)`` runs in the transaction."""
    _delete_handlers[app] = handler


def run_delete_handlers(contacts: Relation, *, now: datetime) -> None:
    """Call every app's handler for contacts that have just been deleted."""
    for handler in _delete_handlers.values():
        handler(contacts, now)


def on_restore(app: str, handler: Callable[[Relation, datetime], None]) -> None:
    """Register how an app reverts its ``on_delete`` handler; ``handler(contacts, now)`` runs in the transaction."""
    _restore_handlers[app] = handler


def run_restore_handlers(contacts: Relation, *, now: datetime) -> None:
    """Call every app's handler for contacts that have just been restored."""
    for handler in _restore_handlers.values():
        handler(contacts, now)
