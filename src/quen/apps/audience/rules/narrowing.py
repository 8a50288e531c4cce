"""How each row of the editor narrows the contacts down: a draft as one tree per row."""

from __future__ import annotations

from quen.apps.audience.rules.editing import Draft, child_path, children_of, join_of, unwrap_negation
from quen.apps.audience.rules.parse import parse
from quen.apps.audience.types import ConditionCatalog, Group, InvalidTree, Join, Node, Tree


def trees_by_row(draft: Draft, catalog: ConditionCatalog) -> dict[str, Tree]:
    """Return by path what has to hold up to a row: the row itself, and the complete rows before it that it adds to.

    A row of an ``any`` adds to what stands before the group, not to its siblings. Rows of a negated group have no tree:
    they say whom the group takes away.
    """
    found: dict[str, Tree] = {}
    _narrow(draft, "", (), catalog, found)
    return found


def _narrow(
    node: Draft, path: str, before: tuple[Node, ...], catalog: ConditionCatalog, found: dict[str, Tree]
) -> Node | None:
    """Add the rows of a node to ``found``. Return its own tree, None if it is empty or not complete."""
    node, negated = unwrap_negation(node)
    join = join_of(node)
    own: Node
    if join is None:
        try:
            own = parse(node, catalog)
        except InvalidTree:
            return None
    else:
        parts: list[Node] = []
        for number, child in enumerate(children_of(node)):
            within = (*before, *parts) if join is Join.ALL else before
            part = _narrow(child, child_path(path, number), within, catalog, {} if negated else found)
            if part is not None:
                parts.append(part)
        if not parts:
            return None
        own = Group(join, tuple(parts))
    if negated:
        own = Group(Join.NOT, (own,))
    if path:
        found[path] = Group(Join.ALL, (*before, own))
    return own
