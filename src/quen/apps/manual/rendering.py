"""Turns a Markdown file of the manual into HTML and sections. Raw HTML in the file is shown as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from quen.apps.manual.types import ManualPage, ManualSection, RenderedManualPage

_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def render(source: str, page: ManualPage, *, url_of: Callable[[str], str | None]) -> RenderedManualPage:
    """Return a page from its Markdown.

    Headings get GitHub's anchors. url_of: the URL of a relative link's target, such as "noi-dung.md#chữ"; None where it
    leads out of the manual: the link's text stays without a link.
    """
    tokens = _parser().parse(source)
    sections = tuple(_sections(tokens, page))
    for token in tokens:
        if token.children:
            token.children = list(_linked(token.children, url_of))
    if tokens and tokens[0].tag == "h1":
        tokens = tokens[3:]  # the page's heading has its own place in the layout
    html = _parser().renderer.render(_with_scrolling_tables(tokens), _parser().options, {})
    return RenderedManualPage(sections[0].title if sections else page.key, html, sections)


def anchor_of(heading: str) -> str:
    """Return GitHub's anchor of a heading: lower case, without punctuation, spaces as hyphens."""
    return _NOT_IN_ANCHORS.sub("", heading.strip().lower()).replace(" ", "-")


def _sections(tokens: Sequence[Token], page: ManualPage) -> Iterator[ManualSection]:
    """Yield the sections, and set the id of each heading."""
    title, anchor, level = "", "", 1
    texts: list[str] = []
    used: dict[str, int] = {}
    begun = False
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            if begun:
                yield ManualSection(page, title, anchor, level, " ".join(texts))
            title, level, texts, begun = _text(tokens[place + 1]), int(token.tag[1]), [], True
            anchor = _unused(anchor_of(title), used) if level > 1 else ""
            if anchor:
                token.attrSet("id", anchor)
        elif token.type == "inline" and tokens[place - 1].type != "heading_open":
            texts.append(_text(token))
        elif token.type == "fence":
            texts.append(token.content)
    if begun:
        yield ManualSection(page, title, anchor, level, " ".join(texts))


def _unused(anchor: str, used: dict[str, int]) -> str:
    used[anchor] = used.get(anchor, -1) + 1
    return f"{anchor}-{used[anchor]}" if used[anchor] else anchor


def _text(token: Token) -> str:
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content for child in token.children or ()
    )


def _linked(children: Sequence[Token], url_of: Callable[[str], str | None]) -> Iterator[Token]:
    """Yield the tokens of a line with their links resolved; links out of the manual lose their tags."""
    dropped = False
    for child in children:
        if child.type == "link_open":
            url = url_of(str(child.attrGet("href") or ""))
            dropped = url is None
            if url is None:
                continue
            child.attrSet("href", url)
        elif child.type == "link_close" and dropped:
            dropped = False
            continue
        yield child


def _with_scrolling_tables(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with each table in an element that scrolls sideways and can be focused."""
    result: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            opening = Token("wrapper_open", "div", 1, block=True)
            opening.attrSet("class", "scroll-x")
            opening.attrSet("tabindex", "0")
            result += [opening, token]
        elif token.type == "table_close":
            result += [token, Token("wrapper_close", "div", -1, block=True)]
        else:
            result.append(token)
    return result
