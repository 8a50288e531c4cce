"""HTML of authors: replace template tags and conditional comments by placeholders, sanitize, convert to plain text."""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import nh3
from markdownify import MarkdownConverter

from quen.apps.content.rules.liquid import TAG

_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACEHOLDER: Final = re.compile("\ue000(\\d+)\ue001|<!--q:(\\d+):q-->")
_IN_TAG: Final = re.compile(r"""<[a-zA-Z/!](?:[^<>"']|"[^"]*"|'[^']*')*>""", re.DOTALL)
#: comments, and everything in which the marks of a comment mean nothing; each kind of comment a browser knows ends here
_COMMENTS: Final = re.compile(
    r"""(?P<other><(?P<raw>style|script|title|textarea|xmp)\b.*?(?:</(?P=raw)\s*>|\Z)
      |<[a-zA-Z/](?:[^<>"']|"[^"]*+"|'[^']*+')*+>)
      |(?P<show><!--\[if\b[^\]<>]*\]>\s*(?:<!--\s*(?:--)?>|-->)|<!\[if\b[^\]<>]*\]>)
      |(?P<end><!--\s*<!\[endif\]\s*-->|<!\[endif\]\s*(?:--)?>)
      |(?P<hidden><!--\[if\b[^\]<>]*\]>(?:(?!--!?>).)*<!\[endif\]\s*-->)
      |<!--(?:-?>|.*?(?:--!?>|\Z))""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_TABLES = {"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "colgroup", "col"}
_BLOCKS = {
    "div",
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "pre",
}
_LAYOUT = {
    "hr",
    "br",
    "center",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "aside",
    "figure",
    "figcaption",
}
_INLINE = {
    "a",
    "span",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "s",
    "strike",
    "small",
    "big",
    "sub",
    "sup",
    "font",
    "mark",
}
_OTHER = {"img", "code", "abbr", "cite", "q", "time", "del", "ins", "style", "address", "wbr"}
_DROPPED = {
    "script",
    "title",
    "object",
    "embed",
    "applet",
    "iframe",
    "noscript",
    "template",
    "svg",
    "math",
    "select",
}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {
        "style",
        "class",
        "id",
        "align",
        "valign",
        "bgcolor",
        "width",
        "height",
        "dir",
        "lang",
        "title",
        "role",
    }
    | {"background", "border", "color", "aria-label", "aria-hidden"},
    "a": {"href", "target", "name"},
    "img": {"src", "alt", "srcset", "hspace", "vspace"},
    "table": {"cellpadding", "cellspacing", "summary"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "nowrap", "scope"},
    "col": {"span"},
    "font": {"face", "size"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "hr": {"size", "noshade"},
}
_URL_ATTRIBUTES = {"href", "src", "srcset", "background"}


def _without_brackets(name: str, value: str) -> str:
    """Remove < and > from attribute values, so that cutting out tags later cannot split an attribute."""
    before, after = ("%3C", "%3E") if name in _URL_ATTRIBUTES else ("‹", "›")
    return value.replace("<", before).replace(">", after)


_CLEANER: Final = nh3.Cleaner(
    tags=_TABLES | _BLOCKS | _LAYOUT | _INLINE | _OTHER,
    clean_content_tags=_DROPPED,
    attributes=_ATTRIBUTES,
    strip_comments=False,
    link_rel=None,
    url_schemes={"http", "https", "mailto", "tel", "sms", "cid"},
    attribute_filter=lambda _element, name, value: _without_brackets(name, value),
)
_STYLE: Final = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_BODY: Final = re.compile(r"""<body((?:[^<>"']|"[^"]*"|'[^']*')*)>""", re.IGNORECASE)
_IMPORT: Final = re.compile(r"@import[^;]*;?", re.IGNORECASE)
_COMMENT: Final = re.compile(r"<!--(?!q:(?:\d+|body):q-->).*?-->", re.DOTALL)
#: marks the start of the body, until the head has been separated
_BODY_MARK: Final = "<!--q:body:q-->"
_BLOCK_COMMENT: Final = re.compile(r"<!--q:(\d+):q-->")
_HEAD_PART: Final = re.compile(
    r"<style[^>]*>(?P<css>.*?)</style>|<!--q:(?P<number>\d+):q-->", re.DOTALL | re.IGNORECASE
)
_WHOLE_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
#: a template tag that opens or closes a block
_BLOCK: Final = re.compile(r"\{%-?\s*(end)?(?:if|unless|case|for|comment)\b")
_PLACEHOLDERS_BEFORE_ROWS: Final = re.compile(r"((?:<!--q:\d+:q-->\s*)+)<tbody([^>]*)>")
_DANGEROUS_CSS: Final = re.compile(r"expression\s*\(|javascript\s*:|-moz-binding|behavior\s*:", re.IGNORECASE)


class PieceKind(Enum):
    """What a placeholder stands for."""

    #: a template tag
    TAG = auto()
    #: a comment with what only Outlook shows: <!--[if mso]>…<![endif]-->
    HIDDEN = auto()
    #: the start and the end of what Outlook alone does not show: <!--[if !mso]><!-->, <!--<![endif]-->
    SHOWN = auto()
    SHOWN_END = auto()
    #: a style sheet that must stay where it is
    STYLE = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """What a placeholder stands for. position: in the source."""

    kind: PieceKind
    text: str
    position: int


class TagPlaceholders:
    """Replaces template tags and conditional comments by placeholders, which HTML tools leave alone, and restores them.

    Inside an HTML tag a placeholder consists of private characters; between HTML tags, a block such as ``{% if %}``
    becomes a comment, because an HTML parser moves bare text between rows out of the table. Other comments are dropped.
    """

    def __init__(self, source: str) -> None:
        source = source.replace(_OPEN, "").replace(_CLOSE, "")
        masked = TAG.sub(lambda tag: "·" * len(tag[0]), source)
        self.pieces: list[Piece] = []
        parts: list[str] = []
        end = 0
        for comment in _COMMENTS.finditer(masked):
            if comment["other"]:
                continue
            parts.append(self._with_tags_replaced(source, masked, end, comment.start()))
            kind = _kind_of(comment)
            if kind is not None:
                parts.append(f"<!--q:{len(self.pieces)}:q-->")
                self.pieces.append(Piece(kind, source[comment.start() : comment.end()], comment.start()))
            else:
                # Its template tags are dropped with it; a block among them is found missing.
                self._with_tags_replaced(source, masked, comment.start(), comment.end())
            end = comment.end()
        parts.append(self._with_tags_replaced(source, masked, end, len(source)))
        self.text = "".join(parts)

    def _with_tags_replaced(self, source: str, masked: str, start: int, stop: int) -> str:
        spans = (found.span() for found in _IN_TAG.finditer(masked, start, stop))
        after_all = (stop + 1, stop + 1)
        inside = next(spans, after_all)
        parts: list[str] = []
        end = start
        for tag in TAG.finditer(source, start, stop):
            while inside[1] <= tag.start():
                inside = next(spans, after_all)
            number = len(self.pieces)
            text = html_entities.unescape(tag[0]).replace("\xa0", " ")
            self.pieces.append(Piece(PieceKind.TAG, text, tag.start()))
            as_comment = tag.start() < inside[0] and tag[0].startswith("{%")
            parts += [
                source[end : tag.start()],
                f"<!--q:{number}:q-->" if as_comment else f"{_OPEN}{number}{_CLOSE}",
            ]
            end = tag.end()
        return "".join([*parts, source[end:stop]])

    def keep_style(self, css: str) -> str:
        """Return a placeholder for a style sheet that is not to be inlined."""
        self.pieces.append(Piece(PieceKind.STYLE, f"<style>{css}</style>", 0))
        return f"<!--q:{len(self.pieces) - 1}:q-->"

    def kind(self, number: str) -> PieceKind | None:
        """Return what a placeholder stands for; None for a number that is not one of ours."""
        index = int(number)
        return self.pieces[index].kind if index < len(self.pieces) else None

    def restore(self, text: str, *, kinds: Collection[PieceKind] = frozenset(PieceKind)) -> str:
        """Replace the placeholders by what they stand for; those of other ``kinds`` by nothing."""

        def piece(found: re.Match[str]) -> str:
            index = int(found[1] or found[2])
            known = index < len(self.pieces) and self.pieces[index].kind in kinds
            return self.pieces[index].text if known else ""

        return _PLACEHOLDER.sub(piece, text)

    def first_lost_block(self, text: str) -> Piece | None:
        """Return the first block tag that sanitizing has dropped with its surroundings, else None."""
        kept = {int(found[1] or found[2]) for found in _PLACEHOLDER.finditer(text)}
        lost = (piece for n, piece in enumerate(self.pieces) if n not in kept and "{%" in piece.text)
        return min(lost, key=lambda piece: piece.position, default=None)


def _kind_of(comment: re.Match[str]) -> PieceKind | None:
    if comment["hidden"]:
        return PieceKind.HIDDEN
    if comment["show"]:
        return PieceKind.SHOWN
    return PieceKind.SHOWN_END if comment["end"] else None


def is_always_shown(source: str, position: int) -> bool:
    """Return whether a position of an email is shown to everybody: outside blocks, HTML tags and comments."""
    depth = 0
    for tag in TAG.finditer(source, 0, position):
        opened = _BLOCK.match(tag[0])
        depth += 0 if opened is None else -1 if opened[1] else 1
    plain = TAG.sub(lambda tag: "·" * len(tag[0]), source[:position])
    for comment in _COMMENTS.finditer(plain):
        depth += bool(comment["show"]) - bool(comment["end"])
    head = _WHOLE_COMMENT.sub("", plain)
    # If a tag or comment is not closed before the position, its start is still there.
    return not depth and "<!--" not in head and not re.search("<[a-zA-Z/!]", _IN_TAG.sub("", head))


@dataclass(frozen=True, slots=True)
class SanitizedBody:
    """A body without scripts, forms, frames and event handlers, with its placeholders.

    head: the conditional comments of the author's head.  css: of all style sheets that may be inlined.
    """

    content: str
    css: str = ""
    attributes: str = ""
    head: str = ""


def sanitize(placeholders: TagPlaceholders) -> SanitizedBody:
    """Return the body sanitized. Tables, style attributes, media queries and Outlook's conditional comments stay."""
    html = placeholders.text
    body = _BODY.search(html)
    attributes = ""
    if body:
        cleaned = _CLEANER.clean(f"<div {body[1]}></div>")
        attributes = cleaned[len("<div") : cleaned.index(">")] if cleaned.startswith("<div") else ""
        html = f"{html[: body.end()]}{_BODY_MARK}{html[body.end() :]}"
    cleaned = _COMMENT.sub("", _CLEANER.clean(html))
    before, mark, content = cleaned.partition(_BODY_MARK)
    if not mark:
        before, content = "", cleaned
    content = content.replace(_BODY_MARK, "")
    head, rest, css = _split_head(placeholders, _ensure_paired(placeholders, before))
    content = _ensure_paired(placeholders, rest + content)
    css += _STYLE.findall(content)
    # The parser moves comments before the table body; a loop over rows belongs inside it.
    content = _PLACEHOLDERS_BEFORE_ROWS.sub(r"<tbody\2>\1", _STYLE.sub("", content))
    return SanitizedBody(content.strip(), _safe_css("\n".join(css)), attributes, head)


def _split_head(placeholders: TagPlaceholders, html: str) -> tuple[str, str, list[str]]:
    """Return the conditional comments of a head, what else it holds, and its style sheets."""
    head: list[str] = []
    rest: list[str] = []
    css: list[str] = []
    end = depth = 0
    for part in _HEAD_PART.finditer(html):
        kind = None if part["number"] is None else placeholders.kind(part["number"])
        if kind is PieceKind.TAG:
            continue
        rest.append(html[end : part.start()])
        end = part.end()
        if kind is not None:
            depth += (kind is PieceKind.SHOWN) - (kind is PieceKind.SHOWN_END)
            head.append(part[0])
        elif part["css"] is not None and depth:
            # Inlined, it would reach the programs it is kept from.
            head.append(
                placeholders.keep_style(placeholders.restore(_safe_css(part["css"]), kinds={PieceKind.TAG}))
            )
        elif part["css"] is not None:
            css.append(part["css"])
    return "".join(head), "".join([*rest, html[end:]]), css


def _ensure_paired(placeholders: TagPlaceholders, html: str) -> str:
    """Return HTML without the marks that have no partner: an open one would hide the footer in Outlook."""
    open_marks: list[re.Match[str]] = []
    alone: list[re.Match[str]] = []
    for found in _BLOCK_COMMENT.finditer(html):
        kind = placeholders.kind(found[1])
        if kind is PieceKind.SHOWN:
            open_marks.append(found)
        elif kind is PieceKind.SHOWN_END:
            if open_marks:
                open_marks.pop()
            else:
                alone.append(found)
    return _without(html, [*open_marks, *alone])


def _without(html: str, removed: Collection[re.Match[str]]) -> str:
    def kept() -> Iterator[str]:
        end = 0
        for found in sorted(removed, key=lambda each: each.start()):
            yield html[end : found.start()]
            end = found.end()
        yield html[end:]

    return "".join(kept())


def _safe_css(css: str) -> str:
    """Return CSS without imports, code, and comments of HTML, in which a style sheet could end early."""
    css = _BLOCK_COMMENT.sub("", css)
    return _DANGEROUS_CSS.sub("", _IMPORT.sub("", css))


class _PlainText(MarkdownConverter):
    """HTML to plain text: links followed by their address, images as their alternative text, no emphasis."""

    class Options(MarkdownConverter.DefaultOptions):  # type: ignore[name-defined,misc]  # missing in its types
        bullets = "-"
        escape_misc = escape_asterisks = escape_underscores = False

    def convert_a(self, element: Any, text: str, parent_tags: set[str]) -> str:
        """Return a link as "text (address)", or only the address if the text adds nothing."""
        words = text.strip()
        address = str(element.get("href") or "").removeprefix("mailto:").removeprefix("tel:")
        if not address or not words or words == address:
            return address or words
        return f"{words} ({address})"

    def convert_img(self, element: Any, text: str, parent_tags: set[str]) -> str:
        """Return an image's alternative text."""
        return str(element.get("alt") or "")

    def convert_hr(self, element: Any, text: str, parent_tags: set[str]) -> str:
        """Return a horizontal rule as a line of dashes."""
        return f"\n\n{'-' * 20}\n\n"

    def convert_td(self, element: Any, text: str, parent_tags: set[str]) -> str:
        """Return the cells of a row one below the other: in emails, tables are layout."""
        return f"\n\n{text.strip()}\n\n" if text.strip() else ""

    def convert_tr(self, element: Any, text: str, parent_tags: set[str]) -> str:
        """Return the cells of a row with nothing around them."""
        return text

    def convert_table(self, element: Any, text: str, parent_tags: set[str]) -> str:
        """Return the rows of a table with nothing around them."""
        return f"\n\n{text.strip()}\n\n"

    def _unchanged(self, element: Any, text: str, parent_tags: set[str]) -> str:
        return text

    def _heading(self, element: Any, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{text.strip()}\n\n"

    convert_th = convert_td
    convert_b = convert_strong = convert_i = convert_em = convert_del = convert_s = _unchanged
    convert_code = convert_kbd = convert_samp = convert_sub = convert_sup = _unchanged
    convert_h1 = convert_h2 = convert_h3 = convert_h4 = convert_h5 = convert_h6 = _heading


_AS_TEXT: Final = _PlainText()


def to_plain_text(html: str) -> str:
    """Return HTML as plain text: links with their addresses, images as their alternative text.

    Placeholders stay, as private characters.
    """
    text = _AS_TEXT.convert(re.sub(r"<!--q:(\d+):q-->", f"{_OPEN}\\1{_CLOSE}", _STYLE.sub("", html)))
    text = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", text).strip()
