"""Results of the queries of the audience app."""

from __future__ import annotations

from dataclasses import dataclass

from quen.apps.audience.types.nodes import Node, Tree
from quen.apps.audience.types.sentences import Sentence
from quen.core.sql import Relation

_EVENT = "event."


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """A number of contacts. ``exact`` is False for the planner's estimate after a timeout."""

    value: int
    exact: bool


@dataclass(frozen=True, slots=True)
class ListScope:
    """What a list shows besides its conditions.

    tree: what else has to hold there.  among: the contacts that its search text finds, None without one.
    """

    tree: Tree
    among: Relation | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a contact matches or not: each node with its sentence, its truth value and the value that was compared.

    is_unknown: neither true nor false, because something it asks for is gone; it does not hold then.
    """

    node: Node
    path: str
    sentence: Sentence
    holds: bool
    actual_value: str
    children: tuple[Explanation, ...] = ()
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class TreeDependencies:
    """The data a tree reads, by full name such as "contact.spent" or "event.ordered".

    time_based: its result changes as days pass.
    """

    names: frozenset[str]
    time_based: bool

    @property
    def events(self) -> frozenset[str]:
        """Return the keys of the event kinds among the names."""
        return frozenset(name.removeprefix(_EVENT) for name in self.names if name.startswith(_EVENT))

    @property
    def fields(self) -> frozenset[str]:
        """Return the names that are not events."""
        return frozenset(name for name in self.names if not name.startswith(_EVENT))


@dataclass(frozen=True, slots=True)
class FilterChip:
    """One condition of a filter, to follow the word “Customers”. ``without``: the tree when the chip is removed."""

    sentence: Sentence
    index: int
    without: Tree
