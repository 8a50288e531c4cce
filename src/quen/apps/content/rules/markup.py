"""HTML of authors: replace template tags by placeholders, sanitize, convert to plain text."""

from __future__ import annotations

import html as html_entities
import re
from typing import Any, Final

import nh3
from markdownify import MarkdownConverter

from quen.apps.content.rules.liquid import TAG

_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACEHOLDER: Final = re.compile("\ue000(\\d+)\ue001|<!--q:(\\d+):q-->")
_IN_TAG: Final = re.compile(r"""<[a-zA-Z/!](?:[^<>"']|"[^"]*"|'[^']*')*>""", re.DOTALL)
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
_COMMENT: Final = re.compile(r"<!--(?!q:\d+:q-->|\[if |<!\[endif)(?:.*?)-->", re.DOTALL)
_WHOLE_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
#: a template tag that opens or closes a block
_BLOCK: Final = re.compile(r"\{%-?\s*(end)?(?:if|unless|case|for|comment)\b")
_PLACEHOLDERS_BEFORE_ROWS: Final = re.compile(r"((?:<!--q:\d+:q-->\s*)+)<tbody([^>]*)>")
_DANGEROUS_CSS: Final = re.compile(r"expression\s*\(|javascript\s*:|-moz-binding|behavior\s*:", re.IGNORECASE)


class TagPlaceholders:
    """Replaces template tags by placeholders, so that HTML tools leave them alone, and restores them.

    Inside an HTML tag a placeholder consists of private characters; between HTML tags, a block such as ``{% if %}``
    becomes a comment, because an HTML parser moves bare text between rows out of the table.
    """

    def __init__(self, source: str) -> None:
        source = source.replace(_OPEN, "").replace(_CLOSE, "")
        self.tags: list[str] = []
        spans = [found.span() for found in _IN_TAG.finditer(TAG.sub(lambda tag: "·" * len(tag[0]), source))]
        spans_left = iter([*spans, (len(source) + 1, len(source) + 1)])
        inside = next(spans_left)
        parts: list[str] = []
        end = 0
        for tag in TAG.finditer(source):
            while inside[1] <= tag.start():
                inside = next(spans_left)
            number = len(self.tags)
            self.tags.append(html_entities.unescape(tag[0]).replace("\xa0", " "))
            between = tag.start() < inside[0]
            as_comment = between and tag[0].startswith("{%")
            parts += [
                source[end : tag.start()],
                f"<!--q:{number}:q-->" if as_comment else f"{_OPEN}{number}{_CLOSE}",
            ]
            end = tag.end()
        self.text = "".join([*parts, source[end:]])

    def restore(self, text: str) -> str:
        """Replace the placeholders by their tags."""
        return _PLACEHOLDER.sub(lambda found: self._tag(found[1] or found[2]), text)

    def first_lost_block(self, text: str) -> int | None:
        """Return the number of the first block tag that sanitizing has dropped with its surroundings, else None."""
        kept = {int(found[1] or found[2]) for found in _PLACEHOLDER.finditer(text)}
        return next(
            (n for n, tag in enumerate(self.tags) if tag.startswith("{%") and n not in kept),
            None,
        )

    def _tag(self, number: str) -> str:
        index = int(number)
        return self.tags[index] if index < len(self.tags) else ""


def is_always_shown(source: str, position: int) -> bool:
    """Return whether a position of an email is shown to everybody: outside blocks, HTML tags and comments."""
    depth = 0
    for tag in TAG.finditer(source, 0, position):
        opened = _BLOCK.match(tag[0])
        depth += 0 if opened is None else -1 if opened[1] else 1
    head = _WHOLE_COMMENT.sub("", TAG.sub("", source[:position]))
    # If a tag or comment is not closed before the position, its start is still there.
    return not depth and "<!--" not in head and not re.search("<[a-zA-Z/!]", _IN_TAG.sub("", head))


def sanitize(html: str) -> tuple[str, str, str]:
    """Return content, CSS and body attributes without scripts, forms, frames and event handlers.

    Tables, style attributes, media queries and Outlook's conditional comments stay.
    """
    body = _BODY.search(html)
    attributes = ""
    if body:
        cleaned = _CLEANER.clean(f"<div {body[1]}></div>")
        attributes = cleaned[len("<div") : cleaned.index(">")] if cleaned.startswith("<div") else ""
    content = _CLEANER.clean(html)
    css = "\n".join(_STYLE.findall(content))
    content = _COMMENT.sub("", _STYLE.sub("", content))
    # The parser moves comments before the table body; a loop over rows belongs inside it.
    content = _PLACEHOLDERS_BEFORE_ROWS.sub(r"<tbody\2>\1", content)
    return content.strip(), _safe_css(css), attributes


def _safe_css(css: str) -> str:
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
    """Return HTML as plain text: links with their addresses, images as their alternative text."""
    text = _AS_TEXT.convert(re.sub(r"<!--q:(\d+):q-->", f"{_OPEN}\\1{_CLOSE}", _STYLE.sub("", html)))
    text = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", text).strip()
