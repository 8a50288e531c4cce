"""Trees as text: the sentence of a node, the sentence of a whole tree, and the chips of a filter."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quen.apps.audience.rules.parse import type_of_stored
from quen.apps.audience.types import (
    ALL_CONTACTS,
    Condition,
    ConditionCatalog,
    EvaluationContext,
    FilterChip,
    Group,
    InvalidTree,
    Join,
    Node,
    Sentence,
    SentencePart,
    Tree,
    format_sentence,
)


def describe(node: Node, catalog: ConditionCatalog, context: EvaluationContext) -> Sentence:
    """Return a node as a sentence, to follow the word “People”. A condition on something that is gone says so.

    Groups come after conditions, and negations that have no words of their own last: “in Đà Nẵng, except people aged 20
    to 30”.
    """
    if isinstance(node, Condition):
        return _describe_condition(node, catalog, context)
    if not node.children:
        return _plain_sentence(_("everyone"))
    if node.join is Join.NOT:
        opposite = _opposite(node.children[0], catalog)
        if opposite is not None:
            return describe(opposite, catalog, context)
        return _exception() + describe(node.children[0], catalog, context)
    exceptions = [child for child in node.children if node.join is Join.ALL and _is_exception(child, catalog)]
    rule = [child for child in node.children if child not in exceptions]
    rule.sort(key=lambda child: isinstance(child, Group))
    parts = [_describe_child(child, node, catalog, context) for child in rule]
    sentence = _join(parts, node.join) if parts else None
    for child in exceptions:
        part = _describe_child(child, node, catalog, context)
        sentence = part if sentence is None else sentence + _plain_sentence(", ") + part
    return sentence or _plain_sentence("")


def describe_people(tree: Tree, catalog: ConditionCatalog, context: EvaluationContext) -> Sentence:
    """Return a tree as a whole sentence: “People who agreed to email, not archived, tagged VIP”."""
    if tree == ALL_CONTACTS:
        return _plain_sentence(_("All customers"))
    first = tree
    if isinstance(tree, Group) and tree.join is Join.ALL:
        first = min(tree.children, key=lambda child: _is_exception(child, catalog))
    sentence = describe(tree, catalog, context)
    if _is_exception(first, catalog):
        return _plain_sentence(_("All customers") + ", ") + sentence
    return _plain_sentence(pgettext("before conditions", "People") + " ") + sentence


def chips(tree: Tree, catalog: ConditionCatalog, context: EvaluationContext) -> list[FilterChip]:
    """Return one chip per condition of the top level, all of which must hold."""
    if tree == ALL_CONTACTS:
        return []
    tops = tree.children if isinstance(tree, Group) and tree.join is Join.ALL else (tree,)
    return [
        FilterChip(
            describe(child, catalog, context),
            index,
            Group(Join.ALL, tops[:index] + tops[index + 1 :]),
        )
        for index, child in enumerate(tops)
    ]


def _opposite(node: Node, catalog: ConditionCatalog) -> Condition | None:
    """Return the condition that says the same as the negation of a node."""
    if not isinstance(node, Condition):
        return None
    try:
        return type_of_stored(node, catalog).negate(node)
    except InvalidTree:
        return None


def _is_exception(node: Node, catalog: ConditionCatalog) -> bool:
    return isinstance(node, Group) and node.join is Join.NOT and _opposite(node.children[0], catalog) is None


def _describe_condition(
    condition: Condition, catalog: ConditionCatalog, context: EvaluationContext
) -> Sentence:
    try:
        condition_type = type_of_stored(condition, catalog)
    except InvalidTree as refusal:
        name = refusal.params.get("label") or condition.key
        return format_sentence(_("no longer usable: **%(condition)s**"), condition=str(name))
    sentence = condition_type.sentence(condition, context)
    if condition_type.clause(condition, context).is_void:
        return _plain_sentence(pgettext("before a condition", "no longer usable:") + " ") + sentence
    return sentence


def _exception() -> Sentence:
    return _plain_sentence(pgettext("before conditions", "except people") + " ")


def _join(parts: Sequence[Sentence], join: Join) -> Sentence:
    """Return “a and b”, “a, b, c”, “a or b”, “a, b or c”."""
    sentence = parts[0]
    for number, part in enumerate(parts[1:], start=2):
        separator = ", "
        if join is Join.ANY and number == len(parts):
            separator = " " + pgettext("between conditions", "or") + " "
        elif len(parts) == 2:
            separator = " " + pgettext("between conditions", "and") + " "
        sentence += _plain_sentence(separator) + part
    return sentence


def _describe_child(
    child: Node, parent: Group, catalog: ConditionCatalog, context: EvaluationContext
) -> Sentence:
    sentence = describe(child, catalog, context)
    if isinstance(child, Group) and len(child.children) > 1 and child.join is not parent.join:
        return _plain_sentence("(") + sentence + _plain_sentence(")")
    return sentence


def _plain_sentence(text: str) -> Sentence:
    return Sentence((SentencePart(text),))
