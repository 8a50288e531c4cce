"""What keys may be allowed to do: apps declare scopes in their manifest."""

from __future__ import annotations

from dataclasses import dataclass

from quen.apps.api.types import StrOrPromise


@dataclass(frozen=True, slots=True)
class Scope:
    """Something that a key may be allowed to do. key: "contacts.read"; group: the heading it is listed under."""

    key: str
    label: StrOrPromise
    group: StrOrPromise


_scopes: dict[str, Scope] = {}


def register_scope(scope: Scope) -> None:
    """Offer a scope for keys. Raises ValueError if there is one of this key."""
    if scope.key in _scopes:
        raise ValueError(f"The scope {scope.key} is declared twice.")
    _scopes[scope.key] = scope


def scopes() -> list[Scope]:
    """Return the scopes in the order of their apps."""
    return list(_scopes.values())


def scope_keys() -> frozenset[str]:
    """Return the keys of all scopes."""
    return frozenset(_scopes)


def forget_scope(key: str) -> None:
    """Take a scope back."""
    _scopes.pop(key, None)
