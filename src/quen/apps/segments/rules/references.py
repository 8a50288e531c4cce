"""Segments that name segments: whom a tree names, in which order they are reckoned, and loops."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from quen.apps.audience.types import Condition, Group, Join, Node, Tree

#: how the condition stands in JSON: {"field": "segment", "op": "in", "value": [7]}
KEY = "segment"


def referred(tree: Tree) -> frozenset[int]:
    """Give the ids of the segments a tree names."""
    return frozenset(number for _path, numbers in named(tree) for number in numbers)


def named(node: Node, path: str = "") -> Iterator[tuple[str, tuple[int, ...]]]:
    """Give each condition on segments: its JSON pointer and the ids it names."""
    if isinstance(node, Condition):
        if node.family == "field" and node.key == KEY:
            yield path, tuple(_numbers(node.get("value", ())))
    elif isinstance(node, Group):
        below = f"{path}/{node.join.value}"
        for place, child in enumerate(node.children):
            yield from named(child, below if node.join is Join.NOT else f"{below}/{place}")


def way_back(start: Collection[int], goal: int, names: Mapping[int, Collection[int]]) -> list[int] | None:
    """Give the ids on a way from one of ``start`` to ``goal``, or None when there is none.

    names: which segments each segment names.
    """
    came_from: dict[int, int | None] = dict.fromkeys(start)
    waiting = list(came_from)
    while waiting:
        here = waiting.pop(0)
        if here == goal:
            return _walked(here, came_from)
        for further in names.get(here, ()):
            if further not in came_from:
                came_from[further] = here
                waiting.append(further)
    return None


def in_order(names: Mapping[int, Collection[int]]) -> list[int]:
    """Give the segments so that each comes after those it names; ties by id. ``names`` has no loop."""
    ordered: dict[int, None] = {}

    def visit(number: int, above: frozenset[int]) -> None:
        if number in ordered or number in above or number not in names:
            return
        for further in sorted(names[number]):
            visit(further, above | {number})
        ordered[number] = None

    for number in sorted(names):
        visit(number, frozenset())
    return list(ordered)


def _walked(end: int, came_from: Mapping[int, int | None]) -> list[int]:
    way, here = [end], came_from[end]
    while here is not None:
        way.append(here)
        here = came_from[here]
    return way[::-1]


def _numbers(values: Iterable[Any]) -> Iterator[int]:
    for value in values:
        if isinstance(value, int):
            yield value
