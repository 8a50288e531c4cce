"""Segments that refer to segments: references in a tree, order of computation, cycles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from quen.apps.audience.types import Condition, Group, Join, Node, Tree

#: field of the condition: {"field": "segment", "op": "in", "value": [7]}
KEY = "segment"
#: what the condition reads; which segments, the condition itself says
MEMBERS = "segment.members"


def referenced_ids(tree: Tree) -> frozenset[int]:
    """Return the ids of the segments a tree refers to."""
    return frozenset(number for _path, numbers in segment_conditions(tree) for number in numbers)


def segment_conditions(node: Node, path: str = "") -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield each condition on segments: its JSON pointer and the ids it refers to."""
    if isinstance(node, Condition):
        if node.family == "field" and node.key == KEY:
            yield path, tuple(_ids(node.get("value", ())))
    elif isinstance(node, Group):
        below = f"{path}/{node.join.value}"
        for position, child in enumerate(node.children):
            yield from segment_conditions(child, below if node.join is Join.NOT else f"{below}/{position}")


def find_path(
    start: Collection[int], goal: int, references: Mapping[int, Collection[int]]
) -> list[int] | None:
    """Return the ids on a path from one of ``start`` to ``goal``, or None when there is none.

    references: the segments each segment refers to.
    """
    previous: dict[int, int | None] = dict.fromkeys(start)
    queue = list(previous)
    while queue:
        current = queue.pop(0)
        if current == goal:
            return _trace(current, previous)
        for target in references.get(current, ()):
            if target not in previous:
                previous[target] = current
                queue.append(target)
    return None


def reachable(start: Collection[int], references: Mapping[int, Collection[int]]) -> set[int]:
    """Return the ids reached from some segments by references, those included."""
    found, todo = set(start), list(start)
    while todo:
        new = set(references.get(todo.pop(), ())) - found
        found |= new
        todo.extend(new)
    return found


def dependency_order(references: Mapping[int, Collection[int]]) -> list[int]:
    """Return the segments so that each follows those it refers to; ties by id. ``references`` must not have cycles."""
    ordered: dict[int, None] = {}

    def visit(number: int, ancestors: frozenset[int]) -> None:
        if number in ordered or number in ancestors or number not in references:
            return
        for target in sorted(references[number]):
            visit(target, ancestors | {number})
        ordered[number] = None

    for number in sorted(references):
        visit(number, frozenset())
    return list(ordered)


def _trace(end: int, previous: Mapping[int, int | None]) -> list[int]:
    path, current = [end], previous[end]
    while current is not None:
        path.append(current)
        current = previous[current]
    return path[::-1]


def _ids(values: Iterable[Any]) -> Iterator[int]:
    for value in values:
        if isinstance(value, int):
            yield value
