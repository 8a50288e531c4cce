"""The condition editor's actions on drafts: JSON trees whose conditions may still lack values.

The path of a node is the indexes of its ancestors among their siblings, joined by dots; the root's is empty.
Inputs are named ``<name>:<path>``: ``op:0.1``, ``join:0``, ``value:0.1`` for the argument ``value``. An operator or a
join that begins with ``not `` negates its node: ``op:0.1=not begins``, ``join:0=not any``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quen.apps.audience.rules.normalise import simplify
from quen.apps.audience.rules.parse import MAX_CONDITIONS, MAX_DEPTH, parse, parse_json
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    ConditionCatalog,
    ConditionType,
    InvalidTree,
    Join,
    Operator,
    Tree,
)
from quen.core.text import clean, fold

_MAX_DRAFT_CHARS = 100_000
#: in front of an operator or a join that negates its node
NOT = "not "
Draft = dict[str, Any]
Posted = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class NodePath:
    """A node of a draft with its path. ``negated``: the node is wrapped in a ``not``."""

    path: str
    node: Draft
    negated: bool
    depth: int


def root_of(raw: Any) -> Draft:
    """Return a draft whose root is a group without negation; an empty one for anything invalid."""
    if isinstance(raw, list):
        return {"all": raw}
    if not isinstance(raw, dict) or not raw:
        return {"all": []}
    join = join_of(raw)
    return raw if join in (Join.ALL, Join.ANY) and isinstance(raw[join.value], list) else {"all": [raw]}


def read_draft(posted: Posted, catalog: ConditionCatalog) -> Draft:
    """Return the draft of the hidden field ``tree`` with the posted inputs applied."""
    text = (posted.get("tree") or [""])[0][:_MAX_DRAFT_CHARS]
    try:
        return apply_inputs(root_of(parse_json(text or "[]")), posted, catalog)
    except (ValueError, RecursionError):
        return root_of([])


def join_of(node: Draft) -> Join | None:
    """Return the join of a group; None for a condition."""
    return next((join for join in Join if join.value in node), None)


def unwrap_negation(node: Draft) -> tuple[Draft, bool]:
    """Return a node without its ``not``, and whether it was negated."""
    negated = False
    while "not" in node and isinstance(node["not"], dict):
        node, negated = node["not"], not negated
    return node, negated


def node_paths(draft: Draft) -> Iterator[NodePath]:
    """Yield all nodes of a draft, parents first."""
    yield from _walk(draft, "", 0)


def apply_inputs(draft: Draft, posted: Posted, catalog: ConditionCatalog) -> Draft:
    """Return a copy of the draft with the posted inputs applied."""
    return _apply_inputs(copy.deepcopy(draft), "", posted, catalog)


def apply_action(draft: Draft, action: str, posted: Posted, catalog: ConditionCatalog) -> Draft:
    """Return the draft after ``add:<path>``, ``add_group:<path>`` or ``remove:<path>``; others change nothing."""
    name, _colon, path = action.partition(":")
    result = copy.deepcopy(draft)
    if name == "remove":
        return _remove_node(result, path)
    group = _group_at(result, path)
    if (
        group is None
        or sum(1 for _path in node_paths(result)) > MAX_CONDITIONS
        or path.count(".") >= MAX_DEPTH - 3
    ):
        return result
    if name == "add_group":
        group.append({"any": []})
    elif name == "add":
        chosen = (posted.get(f"type:{path}") or [""])[0]
        family, _colon, key = chosen.partition(":")
        condition_type = catalog.find(family, key) if family and key else None
        if condition_type is not None:
            group.append(new_condition(condition_type))
    return result


def focus_after(draft: Draft, action: str, changed: Draft) -> str:
    """Return the name of what a person goes on with after an action, such as ``row:1`` or ``picker:``.

    After adding: the new condition, or the picker of the new group. After removing: the node that took its place, else
    the one before it, else the picker of its group.
    """
    name, _colon, path = action.partition(":")
    before, after = _group_at(draft, path), _group_at(changed, path)
    if name in ("add", "add_group") and before is not None and after is not None and len(after) > len(before):
        return f"{'row' if name == 'add' else 'picker'}:{child_path(path, len(after) - 1)}"
    if name == "remove":
        parent, _dot, last = path.rpartition(".")
        left = _group_at(changed, parent)
        number = _parse_index(last)
        if left and number is not None:
            return f"remove:{child_path(parent, min(number, len(left) - 1))}"
        return f"picker:{parent}"
    return ""


def new_condition(condition_type: ConditionType) -> Draft:
    """Return a new condition with the first operator and its default values."""
    operator = condition_type.operators[0]
    return {condition_type.family: condition_type.key, "op": operator.name, **_defaults(operator)}


def parse_draft(draft: Draft, catalog: ConditionCatalog) -> tuple[Tree, dict[str, InvalidTree]]:
    """Return the tree of all valid conditions, and the errors of the others by path."""
    errors: dict[str, InvalidTree] = {}
    valid = _valid_part(draft, "", catalog, errors)
    return simplify(parse(valid or [], catalog)), errors


def _walk(node: Draft, path: str, depth: int) -> Iterator[NodePath]:
    node, negated = unwrap_negation(node)
    yield NodePath(path, node, negated, depth)
    for number, child in enumerate(children_of(node)):
        yield from _walk(child, child_path(path, number), depth + 1)


def children_of(node: Draft) -> list[Draft]:
    """Return the nodes inside a group; none for a condition."""
    join = join_of(node)
    children = node.get(join.value) if join else None
    return [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []


def child_path(path: str, number: int) -> str:
    """Return the path of a child."""
    return f"{path}.{number}" if path else str(number)


def _group_at(draft: Draft, path: str) -> list[Draft] | None:
    node, _negated = unwrap_negation(draft)
    for step in path.split(".") if path else []:
        children = children_of(node)
        number = _parse_index(step)
        if number is None or number >= len(children):
            return None
        node, _negated = unwrap_negation(children[number])
    join = join_of(node)
    group = node.get(join.value) if join else None
    return group if isinstance(group, list) else None


def _remove_node(draft: Draft, path: str) -> Draft:
    parent, _dot, last = path.rpartition(".")
    group = _group_at(draft, parent)
    number = _parse_index(last)
    if group is not None and number is not None and number < len(group):
        del group[number]
    return draft


def _parse_index(step: str) -> int | None:
    return int(step) if step.isdecimal() and len(step) < 6 else None


def _apply_inputs(node: Draft, path: str, posted: Posted, catalog: ConditionCatalog) -> Draft:
    node, negated = unwrap_negation(node)
    join = join_of(node)
    if join is not None:
        children = [
            _apply_inputs(child, child_path(path, number), posted, catalog)
            for number, child in enumerate(children_of(node))
        ]
        chosen, negated = _chosen(posted.get(f"join:{path}"), join.value, negated)
        node = {chosen if chosen in (Join.ALL, Join.ANY) else join.value: children}
    else:
        _op, negated = _chosen(posted.get(f"op:{path}"), "", negated)
        node = _apply_condition_inputs(node, path, posted, catalog)
    return {"not": node} if negated and path else node


def _chosen(given: list[str] | None, present: str, negated: bool) -> tuple[str, bool]:
    """Return a posted operator or join without its ``not``, and whether it had one."""
    if not given:
        return present, negated
    return given[0].removeprefix(NOT), given[0].startswith(NOT)


def _apply_condition_inputs(node: Draft, path: str, posted: Posted, catalog: ConditionCatalog) -> Draft:
    condition_type = condition_type_of(node, catalog)
    if condition_type is None or f"op:{path}" not in posted:
        return node
    chosen = posted[f"op:{path}"][0].removeprefix(NOT)
    operator = condition_type.operator(chosen) or condition_type.operators[0]
    changed = operator.name != node.get("op")
    result: Draft = {condition_type.family: condition_type.key, "op": operator.name}
    for argument in operator.arguments:
        given = posted.get(f"{argument.name}:{path}")
        # The page did not show the arguments of an operator that was chosen just now.
        default = node.get(argument.name, argument.default) if changed and argument.required else None
        value = _value(argument, given) if given is not None else default
        if value is None and given is None and argument.kind is ArgumentKind.CHOICES and not changed:
            value = []
        if value is not None:
            result[argument.name] = value
    return result


def _value(argument: Argument, given: list[str]) -> Any:
    if argument.kind is not ArgumentKind.CHOICES:
        return given[0].strip() or None
    choices = argument.choices() if argument.choices else []
    by_label = {fold(clean(str(choice.label))): choice.value for choice in choices}
    known = {f"={choice.value}": choice.value for choice in choices}
    values = [
        value for line in given for value in (line.split(",") if line.count(",") else [line]) if value.strip()
    ]
    found = [known.get(value, by_label.get(fold(clean(value)), value)) for value in values]
    return [_unoffered(argument, value) if isinstance(value, str) else value for value in found]


def _unoffered(argument: Argument, value: str) -> str | int:
    """Return a posted value that is kept and not offered any more, such as a deleted group, as it is stored."""
    number = value.removeprefix("=")
    if argument.unoffered is None or number == value or not number.isdecimal():
        return value
    return int(number) if argument.unoffered(int(number)) is not None else value


def condition_type_of(node: Draft, catalog: ConditionCatalog) -> ConditionType | None:
    """Return the condition type of a condition, or None if it no longer exists."""
    for family in sorted(catalog.families()):
        if isinstance(node.get(family), str):
            try:
                return catalog.find(family, node[family])
            except InvalidTree:
                return None
    return None


def name_of_gone(node: Draft, catalog: ConditionCatalog) -> str:
    """Return the name of a condition whose type no longer exists, otherwise its key."""
    family = next((name for name in sorted(catalog.families()) if isinstance(node.get(name), str)), None)
    if family is None:
        return "?"
    try:
        catalog.find(family, node[family])
    except InvalidTree as refusal:
        return str(refusal.params.get("label") or node[family])
    return str(node[family])


def _defaults(operator: Operator) -> Draft:
    return {
        argument.name: argument.default
        for argument in operator.arguments
        if argument.required and argument.default is not None
    }


def _valid_part(
    node: Draft, path: str, catalog: ConditionCatalog, errors: dict[str, InvalidTree]
) -> Draft | None:
    node, negated = unwrap_negation(node)
    join = join_of(node)
    if join is not None:
        children = [
            part
            for number, child in enumerate(children_of(node))
            if (part := _valid_part(child, child_path(path, number), catalog, errors)) is not None
        ]
        valid: Draft | None = {join.value: children}
    else:
        try:
            valid = parse(node, catalog).as_json()
        except InvalidTree as error:
            errors[path] = error
            valid = None
    return {"not": valid} if negated and valid is not None else valid
