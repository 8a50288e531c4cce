"""How large and how nested a body may be, measured without building a tree.

The HTML libraries call themselves once per level and compare each element with each style, so a short text could
exhaust the stack or keep a processor busy for minutes. What passes here is prepared in well under a second.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from quen.apps.content.types import (
    AttributesTooMany,
    BodyTooLong,
    ElementsTooMany,
    NestedTooDeep,
    StylesTooLong,
    StylesTooMany,
)

MAX_BODY_KB: Final = 400
MAX_LEVELS: Final = 200
MAX_ELEMENTS: Final = 10_000
MAX_ATTRIBUTES: Final = 100
MAX_STYLE_KB: Final = 100
#: each rule of a style sheet is compared with each element
MAX_COMPARISONS: Final = 3_000_000

#: an attribute, read as browsers do; possessive, so that nothing is read twice
ATTRIBUTE: Final = r"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s"'>][^\s>]*+))?"""
_ATTRIBUTE: Final = re.compile(ATTRIBUTE, re.DOTALL)
_TAG: Final = re.compile(
    rf"<(/?)([a-zA-Z][^\s/>]*+)((?:[\s/]++|{ATTRIBUTE})*+)(?:>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL
)
_RAW: Final = re.compile(r"<(style|script|title|textarea|xmp)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_STYLE: Final = re.compile(r"<style\b[^>]*+>(.*?)(?:</style|\Z)", re.DOTALL | re.IGNORECASE)
_VOID: Final = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "html", "head", "body",
})  # fmt: skip
_CELLS, _ROWS, _GROUPS = {"td", "th"}, {"tr"}, {"tbody", "thead", "tfoot", "caption", "colgroup"}
_LISTS: Final = frozenset({"ul", "ol", "menu"})
_TABLE: Final = frozenset({"table"})
_CLOSES_PARAGRAPH: Final = frozenset({
    "address", "article", "aside", "blockquote", "center", "details", "div", "dl", "fieldset", "figure", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "menu", "nav", "ol", "p", "pre", "section",
    "table", "ul",
})  # fmt: skip
#: a start tag → the open elements it ends, and those it does not look beyond
_ENDS: Final = {
    "li": (frozenset({"li"}), _LISTS),
    **dict.fromkeys(("dt", "dd"), (frozenset({"dt", "dd"}), frozenset({"dl"}))),
    "option": (frozenset({"option"}), frozenset({"select"})),
    "a": (frozenset({"a"}), frozenset({"td", "th", "table"})),
    **dict.fromkeys(_CELLS, (frozenset(_CELLS), _TABLE)),
    **dict.fromkeys(_ROWS, (frozenset(_CELLS | _ROWS), _TABLE)),
    **dict.fromkeys(_GROUPS, (frozenset(_CELLS | _ROWS | _GROUPS), _TABLE)),
    **dict.fromkeys(
        _CLOSES_PARAGRAPH, (frozenset({"p"}), frozenset({"table", "td", "th", "caption", "button"}))
    ),
}


def ensure_short(body: str, *, limit_kb: int = MAX_BODY_KB) -> None:
    """Raise BodyTooLong for a body above the limit."""
    size = len(body.encode())
    if size > limit_kb * 1024:
        raise BodyTooLong(kilobytes=-(-size // 1024), limit=limit_kb)


def ensure_simple(html: str) -> None:
    """Raise the refusal of the first limit that HTML exceeds: style sheets, attributes, levels, elements."""
    styles = [found[1] for found in _STYLE.finditer(html)]
    style = sum(len(each.encode()) for each in styles)
    if style > MAX_STYLE_KB * 1024:
        raise StylesTooLong(kilobytes=-(-style // 1024), limit=MAX_STYLE_KB)
    elements = levels = 0
    open_elements = _OpenElements()
    for tag in _TAG.finditer(_RAW.sub("<\\1></\\1>", html)):
        if tag[2] is None:
            continue
        name = tag[2].lower()
        if tag[1]:
            open_elements.end(name)
            continue
        elements += 1
        if len(tag[3]) > 2 * MAX_ATTRIBUTES:
            attributes = sum(1 for _found in _ATTRIBUTE.finditer(tag[3]))
            if attributes > MAX_ATTRIBUTES:
                raise AttributesTooMany(tag=name[:20], count=attributes, limit=MAX_ATTRIBUTES)
        levels = max(levels, open_elements.start(name))
    if levels > MAX_LEVELS:
        raise NestedTooDeep(levels=levels, limit=MAX_LEVELS)
    if elements > MAX_ELEMENTS:
        raise ElementsTooMany(count=elements, limit=MAX_ELEMENTS)
    selectors = sum(each.count("{") + each.count(",") for each in styles)
    if elements * selectors > MAX_COMPARISONS:
        raise StylesTooMany(elements=elements, selectors=selectors)


class _OpenElements:
    """The open elements, with the end tags that HTML lets an author leave out."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._open: Counter[str] = Counter()

    def start(self, name: str) -> int:
        """Open an element and return its level."""
        ends, barrier = _ENDS.get(name, (frozenset(), frozenset()))
        if any(self._open[each] for each in ends):
            for position in range(len(self._names) - 1, -1, -1):
                if self._names[position] in ends:
                    # The outermost one: a row ends a cell and the row around it.
                    self._truncate(self._outermost(position, ends, barrier))
                    break
                if self._names[position] in barrier:
                    break
        if name in _VOID:
            return len(self._names) + 1
        self._names.append(name)
        self._open[name] += 1
        return len(self._names)

    def _outermost(self, position: int, ends: frozenset[str], barrier: frozenset[str]) -> int:
        for outer in range(position - 1, -1, -1):
            if self._names[outer] in barrier or self._names[outer] not in ends:
                break
            position = outer
        return position

    def end(self, name: str) -> None:
        """Close an element with everything in it; an end tag without a start is ignored."""
        if not self._open[name]:
            return
        position = len(self._names) - 1
        while self._names[position] != name:
            position -= 1
        self._truncate(position)

    def _truncate(self, length: int) -> None:
        while len(self._names) > length:
            self._open[self._names.pop()] -= 1
