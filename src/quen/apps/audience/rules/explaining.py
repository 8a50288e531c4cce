"""Why a contact matches a tree or not, from the truth of its conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from quen.apps.audience.rules.describe import describe
from quen.apps.audience.types import (
    Condition,
    ConditionCatalog,
    EvaluationContext,
    Explanation,
    Group,
    Join,
    Node,
)


def explain_node(
    node: Node,
    path: str,
    results: Iterator[tuple[bool | None, Any]],
    catalog: ConditionCatalog,
    context: EvaluationContext,
) -> Explanation:
    """Return why a node holds or not. results: truth and compared value of each condition, in their order."""
    sentence = describe(node, catalog, context)
    if isinstance(node, Condition):
        holds, raw = next(results)
        condition_type = catalog.find(node.family, node.key) if holds is not None else None
        actual_value = condition_type.format_value(raw, node, context) if condition_type else ""
        return Explanation(node, path, sentence, bool(holds), actual_value, is_unknown=holds is None)
    child_path = f"{path}/{node.join.value}"
    children = tuple(
        explain_node(
            child,
            child_path if node.join is Join.NOT else f"{child_path}/{number}",
            results,
            catalog,
            context,
        )
        for number, child in enumerate(node.children)
    )
    combined = _combine(node, [None if child.is_unknown else child.holds for child in children])
    return Explanation(node, path, sentence, bool(combined), "", children, is_unknown=combined is None)


def _combine(group: Group, children: list[bool | None]) -> bool | None:
    """Return whether a group holds; None where that depends on something unknown."""
    if group.join is Join.NOT:
        return None if children[0] is None else not children[0]
    deciding = group.join is Join.ANY
    if deciding in children:
        return deciding
    return None if None in children else not deciding
