"""What keys may be allowed to do: apps declare scopes in their manifest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from quen.apps.api.types import StrOrPromise


@dataclass(frozen=True, slots=True)
class Scope:
    """Something that a key may be allowed to do. key: "contacts.read"; group: the heading it is listed under."""

    key: str
    label: StrOrPromise
    group: StrOrPromise


@dataclass(frozen=True, slots=True)
class DeveloperTab:
    """A page under "API & webhooks", as a tab. url_name: of a page in the workspace; active on its whole namespace."""

    key: str
    label: StrOrPromise
    url_name: str
    order: int


_operations: list[str] = []
_tabs: dict[str, DeveloperTab] = {}
_scopes: dict[str, Scope] = {}


def register_scope(scope: Scope) -> None:
    """Offer a scope for keys. Raises ValueError if there is one of this key."""
    if scope.key in _scopes:
        raise ValueError(f"The scope {scope.key} is declared twice.")
    _scopes[scope.key] = scope


def set_operations(ids: Iterable[str]) -> None:
    """Set the ids of all operations."""
    _operations[:] = sorted(ids)


def operation_ids() -> list[str]:
    """Return the ids of all operations."""
    return list(_operations)


def register_developer_tab(tab: DeveloperTab) -> None:
    """Show a page as a tab beside keys and the log of calls."""
    _tabs[tab.key] = tab


def developer_tabs() -> list[DeveloperTab]:
    """Return the tabs in their order."""
    return sorted(_tabs.values(), key=lambda tab: (tab.order, tab.key))


def scopes() -> list[Scope]:
    """Return the scopes in the order of their apps."""
    return list(_scopes.values())


def scope_keys() -> frozenset[str]:
    """Return the keys of all scopes."""
    return frozenset(_scopes)
