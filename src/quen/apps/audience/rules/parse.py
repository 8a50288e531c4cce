"""Step 1 of 3: parse JSON to typed nodes; errors carry a code and the path of the invalid node."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from quen.apps.audience.rules import values
from quen.apps.audience.types import (
    ArgumentKind,
    BadNode,
    Condition,
    ConditionCatalog,
    ConditionType,
    Group,
    InvalidTree,
    Join,
    Node,
    NotJson,
    Operator,
    RangeReversed,
    Tree,
    TreeTooDeep,
    TreeTooLarge,
    UnknownArgument,
    UnknownConditionType,
    UnknownOperator,
)

MAX_DEPTH = 8
MAX_CONDITIONS = 200


def parse(raw: Any, catalog: ConditionCatalog) -> Tree:
    """Return the tree of JSON text or of parsed JSON.

    ``None``, ``{}`` and ``[]`` match all contacts; a list is an ``all``. Raises InvalidTree.
    """
    if isinstance(raw, str | bytes):
        try:
            raw = parse_json(raw)
        except (ValueError, RecursionError) as error:
            raise NotJson(path="") from error
    if raw is None or raw == {}:
        raw = []
    if isinstance(raw, list):
        raw = {"all": raw}
    parser = _TreeParser(catalog)
    return parser.node(raw, path="", depth=0)


def from_stored_json(raw: Mapping[str, Any]) -> Tree:
    """Return the tree of JSON written by ``as_json``; its condition types may no longer exist."""
    for join in Join:
        if join in raw:
            children = [raw[join.value]] if join is Join.NOT else raw[join.value]
            return Group(join, tuple(from_stored_json(child) for child in children))
    family = next((name for name in ("field", "event") if name in raw), None)
    if family is None:
        return Group(Join.ALL, ())
    given = {name: value for name, value in raw.items() if name not in (family, "op")}
    return Condition.of(family, raw[family], raw["op"], given)


def type_of_stored(condition: Condition, catalog: ConditionCatalog) -> ConditionType:
    """Return the type of a stored condition. Raises InvalidTree when it can't be asked any more.

    Values chosen from a list are not looked up: the clause of the type says which of them are gone.
    """
    condition_type = catalog.find(condition.family, condition.key)
    if condition_type is None:
        raise UnknownConditionType(key=condition.key, path="")
    operator = condition_type.operator(condition.op)
    if operator is None:
        raise UnknownOperator(label=str(condition_type.label), path="")
    raw = condition.as_json()
    given = {name: value for name, value in raw.items() if name not in (condition.family, "op")}
    _arguments(condition_type, operator, given, "", look_up=False)
    return condition_type


def parse_json(text: str | bytes) -> Any:
    """Return parsed JSON. Raises ValueError, also for half a surrogate pair, which no page can show; RecursionError."""
    raw = json.loads(text, parse_constant=_reject_constant)
    json.dumps(raw, ensure_ascii=False).encode()
    return raw


class _TreeParser:
    def __init__(self, catalog: ConditionCatalog) -> None:
        self._vocabulary = catalog
        self._families = catalog.families()
        self._conditions = 0

    def node(self, raw: Any, *, path: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise TreeTooDeep(limit=MAX_DEPTH, path=path)
        if not isinstance(raw, Mapping):
            raise BadNode(path=path or "/")
        joins = [join for join in Join if join in raw]
        if len(joins) == 1 and len(raw) == 1:
            return self._group(joins[0], raw[joins[0].value], path=f"{path}/{joins[0].value}", depth=depth)
        families = [family for family in sorted(self._families) if family in raw]
        if joins or len(families) != 1:
            raise BadNode(path=path or "/")
        return self._condition(families[0], raw, path=path)

    def _group(self, join: Join, raw: Any, *, path: str, depth: int) -> Group:
        if join is Join.NOT:
            return Group(join, (self.node(raw, path=path, depth=depth + 1),))
        if not isinstance(raw, list):
            raise BadNode(path=path)
        children = (
            self.node(child, path=f"{path}/{number}", depth=depth + 1) for number, child in enumerate(raw)
        )
        return Group(join, tuple(children))

    def _condition(self, family: str, raw: Mapping[str, Any], *, path: str) -> Condition:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise TreeTooLarge(limit=MAX_CONDITIONS, path=path)
        key = raw[family]
        if not isinstance(key, str):
            raise BadNode(path=f"{path}/{family}")
        try:
            condition_type = self._vocabulary.find(family, key)
        except InvalidTree as error:
            raise type(error)(**{**error.params, "path": f"{path}/{family}"}) from None
        if condition_type is None:
            raise UnknownConditionType(key=key[:60], path=f"{path}/{family}")
        op = raw.get("op")
        operator = condition_type.operator(op) if isinstance(op, str) else None
        if operator is None:
            raise UnknownOperator(label=str(condition_type.label), path=f"{path}/op")
        raw_arguments = {name: value for name, value in raw.items() if name not in (family, "op")}
        arguments = _arguments(condition_type, operator, raw_arguments, path)
        return Condition.of(family, key, operator.name, arguments)


def _arguments(
    condition_type: ConditionType,
    operator: Operator,
    raw_arguments: Mapping[str, Any],
    path: str,
    *,
    look_up: bool = True,
) -> dict[str, Any]:
    """Return the parsed arguments. look_up: values chosen from a list must be offered by it."""
    label = str(condition_type.label)
    parsed: dict[str, Any] = {}
    for name in raw_arguments:
        if operator.argument(name) is None:
            raise UnknownArgument(label=label, argument=name[:60], path=f"{path}/{name}")
    for argument in operator.arguments:
        raw, argument_path = raw_arguments.get(argument.name), f"{path}/{argument.name}"
        if not look_up and argument.kind is ArgumentKind.CHOICES and isinstance(raw, list) and raw:
            parsed[argument.name] = raw
        elif not values.is_blank(raw):
            parsed[argument.name] = values.parse_argument(argument, raw, label=label, path=argument_path)
        elif argument.required:
            raise values.missing_argument(label, argument_path)
    if operator.one_of and not any(name in parsed for name in operator.one_of):
        raise values.missing_argument(label, f"{path}/{operator.one_of[0]}")
    for low, high in (("from", "to"), ("value_at_least", "value_at_most")):
        if low in parsed and high in parsed and parsed[low] > parsed[high] and not operator.may_wrap:
            raise RangeReversed(label=label, path=f"{path}/{low}")
    return parsed


def _reject_constant(name: str) -> float:
    raise ValueError(name)
