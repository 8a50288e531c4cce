"""Trees in words: the sentence of a node, and the chips of a filter."""

from __future__ import annotations

from functools import reduce

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quen.apps.audience.types import (
    EVERYONE,
    Chip,
    Condition,
    Group,
    Join,
    Moment,
    Node,
    Piece,
    Sentence,
    Tree,
    UnknownCriterion,
    Vocabulary,
)


def sentence(node: Node, vocabulary: Vocabulary, moment: Moment) -> Sentence:
    """Give the words of a node; they follow the word “Customers”."""
    if isinstance(node, Condition):
        criterion = vocabulary.find(node.family, node.key)
        if criterion is None:
            raise UnknownCriterion(key=node.key, path="")
        return criterion.sentence(node, moment)
    if not node.children:
        return _words(_("everyone"))
    parts = [_inside(child, node, vocabulary, moment) for child in node.children]
    if node.join is Join.NOT:
        return _words(pgettext("before a condition", "not") + " ") + parts[0]
    word = (
        pgettext("between conditions", "and")
        if node.join is Join.ALL
        else pgettext("between conditions", "or")
    )
    return reduce(lambda so_far, part: so_far + _words(f" {word} ") + part, parts)


def chips(tree: Tree, vocabulary: Vocabulary, moment: Moment) -> list[Chip]:
    """Give one chip for each condition that everyone must meet."""
    if tree == EVERYONE:
        return []
    tops = tree.children if isinstance(tree, Group) and tree.join is Join.ALL else (tree,)
    return [
        Chip(
            sentence(child, vocabulary, moment),
            index,
            Group(Join.ALL, tops[:index] + tops[index + 1 :]),
        )
        for index, child in enumerate(tops)
    ]


def _inside(child: Node, parent: Group, vocabulary: Vocabulary, moment: Moment) -> Sentence:
    words = sentence(child, vocabulary, moment)
    if isinstance(child, Group) and len(child.children) > 1 and child.join is not parent.join:
        return _words("(") + words + _words(")")
    return words


def _words(text: str) -> Sentence:
    return Sentence((Piece(text),))
