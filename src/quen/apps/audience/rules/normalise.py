"""Step 2 of 3: bring equal trees to one canonical form, and so to one fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from quen.apps.audience.types import ALL_CONTACTS, Condition, Group, Join, Node, Tree


def simplify(tree: Tree) -> Tree:
    """Return a tree as its author ordered it: flat, no empty groups, no double negation, no child twice.

    An empty group has no effect, also inside ``any`` and under ``not`` (R-14).
    """
    return _reduce(tree) or ALL_CONTACTS


def normalise(tree: Tree) -> Tree:
    """Return the canonical form: simplified, children sorted."""
    return _sorted(simplify(tree))


def fingerprint(tree: Tree) -> str:
    """Return a hash that trees with the same canonical form share."""
    return hashlib.sha256(canonical(normalise(tree)).encode()).hexdigest()


def canonical(node: Node) -> str:
    """Return a node as compact JSON with sorted keys."""
    return json.dumps(node.as_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _reduce(node: Node) -> Node | None:
    if isinstance(node, Condition):
        return node
    children = [reduced for child in node.children if (reduced := _reduce(child)) is not None]
    if not children:
        return None
    if node.join is Join.NOT:
        return _negation(children[0])
    flat = _unique(_flatten(node.join, children))
    return flat[0] if len(flat) == 1 else Group(node.join, flat)


def _negation(child: Node) -> Node:
    if isinstance(child, Group) and child.join is Join.NOT:
        return child.children[0]
    return Group(Join.NOT, (child,))


def _flatten(join: Join, children: list[Node]) -> list[Node]:
    flat: list[Node] = []
    for child in children:
        flat.extend(child.children if isinstance(child, Group) and child.join is join else (child,))
    return flat


def _unique(children: Iterable[Node]) -> tuple[Node, ...]:
    found: dict[str, Node] = {}
    for child in children:
        found.setdefault(canonical(_sorted(child)), child)
    return tuple(found.values())


def _sorted(node: Node) -> Node:
    if isinstance(node, Condition):
        return node
    children = [_sorted(child) for child in node.children]
    return Group(node.join, tuple(sorted(children, key=canonical)))
