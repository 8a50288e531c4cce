"""What questions to the audience answer."""

from __future__ import annotations

from dataclasses import dataclass

from quen.apps.audience.types.nodes import Node, Tree
from quen.apps.audience.types.sentences import Sentence


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """How many people. ``exact`` is False when time ran out and the planner's estimate stands in."""

    value: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one person is in or out: the tree again, each node with its sentence, its truth and the actual value."""

    node: Node
    path: str
    sentence: Sentence
    holds: bool
    actual_value: str
    children: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True)
class TreeDependencies:
    """What a tree looks at. ``clock``: its answer changes by itself with the days."""

    fields: frozenset[str]
    events: frozenset[str]
    time_based: bool


@dataclass(frozen=True, slots=True)
class FilterChip:
    """One condition of a filter, readable after the word “Customers”. ``without``: the tree when it is taken off."""

    sentence: Sentence
    index: int
    without: Tree
