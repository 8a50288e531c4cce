"""Trees as text: the sentence of a node, and the chips of a filter."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quen.apps.audience.types import (
    ALL_CONTACTS,
    Condition,
    ConditionCatalog,
    EvaluationContext,
    FilterChip,
    Group,
    Join,
    Node,
    Sentence,
    SentencePart,
    Tree,
    UnknownConditionType,
)


def describe(node: Node, catalog: ConditionCatalog, context: EvaluationContext) -> Sentence:
    """Return a node as a sentence, to follow the word “Customers”. Raises UnknownConditionType."""
    if isinstance(node, Condition):
        condition_type = catalog.find(node.family, node.key)
        if condition_type is None:
            raise UnknownConditionType(key=node.key, path="")
        return condition_type.sentence(node, context)
    if not node.children:
        return _plain_sentence(_("everyone"))
    parts = [_describe_child(child, node, catalog, context) for child in node.children]
    if node.join is Join.NOT:
        return _plain_sentence(pgettext("before a condition", "not") + " ") + parts[0]
    join = (
        pgettext("between conditions", "and")
        if node.join is Join.ALL
        else pgettext("between conditions", "or")
    )
    sentence = parts[0]
    for part in parts[1:-1]:
        sentence += _plain_sentence(", ") + part
    return sentence + _plain_sentence(f" {join} ") + parts[-1] if len(parts) > 1 else sentence


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


def _describe_child(
    child: Node, parent: Group, catalog: ConditionCatalog, context: EvaluationContext
) -> Sentence:
    sentence = describe(child, catalog, context)
    if isinstance(child, Group) and len(child.children) > 1 and child.join is not parent.join:
        return _plain_sentence("(") + sentence + _plain_sentence(")")
    return sentence


def _plain_sentence(text: str) -> Sentence:
    return Sentence((SentencePart(text),))
