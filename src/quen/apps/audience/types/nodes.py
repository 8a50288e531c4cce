"""The condition tree: groups and conditions. Frozen, hashable, and equal to its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Join(StrEnum):
    """How a group combines its children. ``not`` has exactly one child."""

    ALL = "all"
    ANY = "any"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Group:
    """Children under one join. An empty ``all`` matches every contact."""

    join: Join
    children: tuple[Node, ...]

    def as_json(self) -> dict[str, Any]:
        """Return ``{"all": [...]}``, ``{"any": [...]}`` or ``{"not": ...}``."""
        children = [child.as_json() for child in self.children]
        return {self.join.value: children[0] if self.join is Join.NOT else children}


@dataclass(frozen=True, slots=True)
class Condition:
    """One question about a contact: a condition type (family and key), an operator and its arguments.

    ``arguments`` are sorted pairs of plain JSON values; lists are tuples.
    """

    family: str
    key: str
    op: str
    arguments: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, family: str, key: str, op: str, arguments: Mapping[str, Any]) -> Condition:
        """Return a condition with its arguments sorted and their lists as tuples."""
        frozen = {name: tuple(v) if isinstance(v, list) else v for name, v in arguments.items()}
        return cls(family, key, op, tuple(sorted(frozen.items())))

    def __getitem__(self, name: str) -> Any:
        return dict(self.arguments)[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument, or the default if it was left out."""
        return dict(self.arguments).get(name, default)

    def as_json(self) -> dict[str, Any]:
        """Return ``{"field": "province", "op": "is", "value": ["48"]}``."""
        plain = {name: list(v) if isinstance(v, tuple) else v for name, v in self.arguments}
        return {self.family: self.key, "op": self.op, **plain}


Node = Group | Condition
Tree = Group | Condition

ALL_CONTACTS = Group(Join.ALL, ())
