"""The sentence editor's moves, on drafts: JSON trees that may still lack values.

A node's place is the numbers of its ancestors among their siblings, joined by dots; the root's is empty.
Inputs are named ``<what>:<place>``: ``op:0.1``, ``join:0``, ``not:0``, ``value:0.1`` for the argument ``value``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quen.apps.audience.rules.normalise import normalise
from quen.apps.audience.rules.parse import MAX_CONDITIONS, MAX_DEPTH, parse, read_json
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Criterion,
    Join,
    Operator,
    Tree,
    TreeRefused,
    Vocabulary,
)
from quen.core.text import clean, fold

_MAX_DRAFT_CHARS = 100_000
Draft = dict[str, Any]
Posted = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Spot:
    """A node of a draft in its place. ``negated``: it stands under a ``not``."""

    place: str
    inner: Draft
    negated: bool
    depth: int


def root_of(raw: Any) -> Draft:
    """Give a draft whose root is a group without negation; anything unreadable becomes an empty one."""
    if isinstance(raw, list):
        return {"all": raw}
    if not isinstance(raw, dict) or not raw:
        return {"all": []}
    join = join_of(raw)
    return raw if join in (Join.ALL, Join.ANY) and isinstance(raw[join.value], list) else {"all": [raw]}


def read_draft(posted: Posted, vocabulary: Vocabulary) -> Draft:
    """Give the draft of the hidden field ``tree`` with what was typed since."""
    text = (posted.get("tree") or [""])[0][:_MAX_DRAFT_CHARS]
    try:
        return with_inputs(root_of(read_json(text or "[]")), posted, vocabulary)
    except (ValueError, RecursionError):
        return root_of([])


def join_of(node: Draft) -> Join | None:
    """Give the word of a group; None for a condition."""
    return next((join for join in Join if join.value in node), None)


def unwrapped(node: Draft) -> tuple[Draft, bool]:
    """Take the ``not`` off a node."""
    negated = False
    while "not" in node and isinstance(node["not"], dict):
        node, negated = node["not"], not negated
    return node, negated


def spots(draft: Draft) -> Iterator[Spot]:
    """Walk a draft from the top."""
    yield from _walk(draft, "", 0)


def with_inputs(draft: Draft, posted: Posted, vocabulary: Vocabulary) -> Draft:
    """Take what was typed into the draft."""
    return _typed(copy.deepcopy(draft), "", posted, vocabulary)


def act(draft: Draft, deed: str, posted: Posted, vocabulary: Vocabulary) -> Draft:
    """Do what a button says: ``add:<place>``, ``group:<place>`` or ``remove:<place>``; others change nothing."""
    verb, _colon, place = deed.partition(":")
    after = copy.deepcopy(draft)
    if verb == "remove":
        return _removed(after, place)
    group = _group_at(after, place)
    if (
        group is None
        or sum(1 for _spot in spots(after)) > MAX_CONDITIONS
        or place.count(".") >= MAX_DEPTH - 3
    ):
        return after
    if verb == "group":
        group.append({"any": []})
    elif verb == "add":
        chosen = (posted.get(f"what:{place}") or [""])[0]
        family, _colon, key = chosen.partition(":")
        criterion = vocabulary.find(family, key) if family and key else None
        if criterion is not None:
            group.append(fresh(criterion))
    return after


def fresh(criterion: Criterion) -> Draft:
    """Give a new condition with the first operator and its usual values."""
    operator = criterion.operators[0]
    return {criterion.family: criterion.key, "op": operator.name, **_defaults(operator)}


def readable(draft: Draft, vocabulary: Vocabulary) -> tuple[Tree, dict[str, TreeRefused]]:
    """Give the tree of all conditions that can be read, and the refusals of the others by place."""
    refused: dict[str, TreeRefused] = {}
    kept = _kept(draft, "", vocabulary, refused)
    return normalise(parse(kept or [], vocabulary)), refused


def _walk(node: Draft, place: str, depth: int) -> Iterator[Spot]:
    inner, negated = unwrapped(node)
    yield Spot(place, inner, negated, depth)
    for number, child in enumerate(_children(inner)):
        yield from _walk(child, _below(place, number), depth + 1)


def _children(inner: Draft) -> list[Draft]:
    join = join_of(inner)
    children = inner.get(join.value) if join else None
    return [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []


def _below(place: str, number: int) -> str:
    return f"{place}.{number}" if place else str(number)


def _group_at(draft: Draft, place: str) -> list[Draft] | None:
    node, _negated = unwrapped(draft)
    for step in place.split(".") if place else []:
        children = _children(node)
        number = _number(step)
        if number is None or number >= len(children):
            return None
        node, _negated = unwrapped(children[number])
    join = join_of(node)
    held = node.get(join.value) if join else None
    return held if isinstance(held, list) else None


def _removed(draft: Draft, place: str) -> Draft:
    above, _dot, last = place.rpartition(".")
    group = _group_at(draft, above)
    number = _number(last)
    if group is not None and number is not None and number < len(group):
        del group[number]
    return draft


def _number(step: str) -> int | None:
    return int(step) if step.isdecimal() and len(step) < 6 else None


def _typed(node: Draft, place: str, posted: Posted, vocabulary: Vocabulary) -> Draft:
    inner, negated = unwrapped(node)
    join = join_of(inner)
    if join is not None:
        children = [
            _typed(child, _below(place, number), posted, vocabulary)
            for number, child in enumerate(_children(inner))
        ]
        chosen = (posted.get(f"join:{place}") or [join.value])[0]
        inner = {chosen if chosen in (Join.ALL, Join.ANY) else join.value: children}
    else:
        inner = _typed_condition(inner, place, posted, vocabulary)
    if f"here:{place}" in posted:
        negated = f"not:{place}" in posted
    return {"not": inner} if negated else inner


def _typed_condition(inner: Draft, place: str, posted: Posted, vocabulary: Vocabulary) -> Draft:
    criterion = criterion_of(inner, vocabulary)
    if criterion is None or f"op:{place}" not in posted:
        return inner
    operator = criterion.operator(posted[f"op:{place}"][0]) or criterion.operators[0]
    changed = operator.name != inner.get("op")
    after: Draft = {criterion.family: criterion.key, "op": operator.name}
    for argument in operator.arguments:
        given = posted.get(f"{argument.name}:{place}")
        # An operator just chosen has arguments the page did not show yet.
        usual = inner.get(argument.name, argument.default) if changed and argument.required else None
        value = _value(argument, given) if given is not None else usual
        if value is None and given is None and argument.kind is ArgumentKind.CHOICES and not changed:
            value = []
        if value is not None:
            after[argument.name] = value
    return after


def _value(argument: Argument, given: list[str]) -> Any:
    if argument.kind is not ArgumentKind.CHOICES:
        return given[0].strip() or None
    choices = argument.choices() if argument.choices else []
    by_label = {fold(clean(str(choice.label))): choice.value for choice in choices}
    known = {f"={choice.value}": choice.value for choice in choices}
    words = [
        word for line in given for word in (line.split(",") if line.count(",") else [line]) if word.strip()
    ]
    return [known.get(word, by_label.get(fold(clean(word)), word)) for word in words]


def criterion_of(inner: Draft, vocabulary: Vocabulary) -> Criterion | None:
    """Give the criterion of a condition, if there is one still."""
    for family in sorted(vocabulary.families()):
        if isinstance(inner.get(family), str):
            try:
                return vocabulary.find(family, inner[family])
            except TreeRefused:
                return None
    return None


def _defaults(operator: Operator) -> Draft:
    return {
        argument.name: argument.default
        for argument in operator.arguments
        if argument.required and argument.default is not None
    }


def _kept(node: Draft, place: str, vocabulary: Vocabulary, refused: dict[str, TreeRefused]) -> Draft | None:
    inner, negated = unwrapped(node)
    join = join_of(inner)
    if join is not None:
        below = [
            kept
            for number, child in enumerate(_children(inner))
            if (kept := _kept(child, _below(place, number), vocabulary, refused)) is not None
        ]
        whole: Draft | None = {join.value: below}
    else:
        try:
            whole = parse(inner, vocabulary).as_json()
        except TreeRefused as refusal:
            refused[place] = refusal
            whole = None
    return {"not": whole} if negated and whole is not None else whole
