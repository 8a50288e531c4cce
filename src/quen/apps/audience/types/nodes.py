"""The tree: groups of conditions. Frozen, hashable, and the same as its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Join(StrEnum):
    """How a group joins its children. ``not`` holds exactly one child."""

    ALL = "all"
    ANY = "any"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Group:
    """Children under one word. An empty ``all`` is everyone."""

    join: Join
    children: tuple[Node, ...]

    def as_json(self) -> dict[str, Any]:
        """Give ``{"all": [...]}``, ``{"any": [...]}`` or ``{"not": ...}``."""
        children = [child.as_json() for child in self.children]
        return {self.join.value: children[0] if self.join is Join.NOT else children}


@dataclass(frozen=True, slots=True)
class Condition:
    """One question about a person: a criterion (family and key), an operator, its arguments.

    ``arguments`` are sorted pairs of plain JSON values; lists are tuples.
    """

    family: str
    key: str
    op: str
    arguments: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, family: str, key: str, op: str, arguments: Mapping[str, Any]) -> Condition:
        """Make a condition of arguments in any order; lists become tuples."""
        frozen = {name: tuple(v) if isinstance(v, list) else v for name, v in arguments.items()}
        return cls(family, key, op, tuple(sorted(frozen.items())))

    def __getitem__(self, name: str) -> Any:
        return dict(self.arguments)[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Give an argument, or the default when it was left out."""
        return dict(self.arguments).get(name, default)

    def as_json(self) -> dict[str, Any]:
        """Give ``{"field": "province", "op": "is", "value": ["48"]}``."""
        plain = {name: list(v) if isinstance(v, tuple) else v for name, v in self.arguments}
        return {self.family: self.key, "op": self.op, **plain}


Node = Group | Condition
Tree = Group | Condition

ALL_CONTACTS = Group(Join.ALL, ())
