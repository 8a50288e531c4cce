"""HTML of authors: tags of the language put aside, cleaned, made plain."""

from __future__ import annotations

import html as html_entities
import re
from typing import Final

import html2text
import nh3

from quen.apps.content.rules.liquid import TAG

_OPEN, _CLOSE = "\ue000", "\ue001"
_ASIDE: Final = re.compile("\ue000(\\d+)\ue001|<!--q:(\\d+):q-->")
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
_PARTS = {
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
_ADDRESSES = {"href", "src", "srcset", "background"}


def _no_brackets(name: str, value: str) -> str:
    """Keep what begins and ends a tag out of attributes: whatever is cut out later cuts no attribute in two."""
    before, after = ("%3C", "%3E") if name in _ADDRESSES else ("‹", "›")
    return value.replace("<", before).replace(">", after)


_CLEANER: Final = nh3.Cleaner(
    tags=_TABLES | _BLOCKS | _PARTS | _INLINE | _OTHER,
    clean_content_tags=_DROPPED,
    attributes=_ATTRIBUTES,
    strip_comments=False,
    link_rel=None,
    url_schemes={"http", "https", "mailto", "tel", "sms", "cid"},
    attribute_filter=lambda _element, name, value: _no_brackets(name, value),
)
_STYLE: Final = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_BODY: Final = re.compile(r"""<body((?:[^<>"']|"[^"]*"|'[^']*')*)>""", re.IGNORECASE)
_IMPORT: Final = re.compile(r"@import[^;]*;?", re.IGNORECASE)
_COMMENT: Final = re.compile(r"<!--(?!q:\d+:q-->|\[if |<!\[endif)(?:.*?)-->", re.DOTALL)
_WHOLE_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
#: a tag of the language that opens or ends a block
_BLOCK: Final = re.compile(r"\{%-?\s*(end)?(?:if|unless|case|for|comment)\b")
_BEFORE_ROWS: Final = re.compile(r"((?:<!--q:\d+:q-->\s*)+)<tbody([^>]*)>")
_DANGEROUS_CSS: Final = re.compile(r"expression\s*\(|javascript\s*:|-moz-binding|behavior\s*:", re.IGNORECASE)


class Aside:
    """Takes the tags of the language out of a text, so that HTML tools leave them alone, and puts them back.

    Inside an HTML tag a placeholder is a word of private characters; between HTML tags a block such as ``{% if %}``
    becomes a comment, because bare words between rows would be thrown out of their table.
    """

    def __init__(self, source: str) -> None:
        source = source.replace(_OPEN, "").replace(_CLOSE, "")
        self.tags: list[str] = []
        spans = [found.span() for found in _IN_TAG.finditer(TAG.sub(lambda tag: "·" * len(tag[0]), source))]
        place = iter([*spans, (len(source) + 1, len(source) + 1)])
        inside = next(place)
        parts: list[str] = []
        end = 0
        for tag in TAG.finditer(source):
            while inside[1] <= tag.start():
                inside = next(place)
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

    def back(self, text: str) -> str:
        """Put the tags back."""
        return _ASIDE.sub(lambda found: self._tag(found[1] or found[2]), text)

    def lost_block(self, text: str) -> int | None:
        """Give the number of the first block tag that cleaning has dropped, with what it stood in."""
        kept = {int(found[1] or found[2]) for found in _ASIDE.finditer(text)}
        return next(
            (n for n, tag in enumerate(self.tags) if tag.startswith("{%") and n not in kept),
            None,
        )

    def _tag(self, number: str) -> str:
        index = int(number)
        return self.tags[index] if index < len(self.tags) else ""


def stands_free(source: str, place: int) -> bool:
    """Say whether what stands at a place of a mail is shown to everybody: in no block, no HTML tag and no comment."""
    depth = 0
    for tag in TAG.finditer(source, 0, place):
        opened = _BLOCK.match(tag[0])
        depth += 0 if opened is None else -1 if opened[1] else 1
    head = _WHOLE_COMMENT.sub("", TAG.sub("", source[:place]))
    # Of a tag or comment that is not closed before the place, its beginning is left.
    return not depth and "<!--" not in head and not re.search("<[a-zA-Z/!]", _IN_TAG.sub("", head))


def clean(html: str) -> tuple[str, str, str]:
    """Give content, CSS and the attributes of the body; scripts, forms, frames and handlers are gone.

    Tables, style attributes, media queries and Outlook's conditional comments stay.
    """
    body = _BODY.search(html)
    attributes = ""
    if body:
        kept = _CLEANER.clean(f"<div {body[1]}></div>")
        attributes = kept[len("<div") : kept.index(">")] if kept.startswith("<div") else ""
    content = _CLEANER.clean(html)
    css = "\n".join(_STYLE.findall(content))
    content = _COMMENT.sub("", _STYLE.sub("", content))
    # The parser sets a table's body behind what stood first in the table; a loop over rows belongs inside it.
    content = _BEFORE_ROWS.sub(r"<tbody\2>\1", content)
    return content.strip(), _safe_css(css), attributes


def _safe_css(css: str) -> str:
    return _DANGEROUS_CSS.sub("", _IMPORT.sub("", css))


def plain(html: str) -> str:
    """Give HTML as plain text: links written out behind their words, pictures by their alternative text."""
    reader = html2text.HTML2Text()
    reader.body_width = 0
    reader.ignore_emphasis = True
    reader.images_to_alt = True
    reader.unicode_snob = True
    reader.protect_links = True
    reader.ignore_tables = True
    reader.ul_item_mark = "-"
    text = reader.handle(re.sub(r"<!--q:(\d+):q-->", f"{_OPEN}\\1{_CLOSE}", _STYLE.sub("", html)))
    text = _MARKDOWN_LINK.sub(_written_out, text)
    text = re.sub(r"^#{1,6} +", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\* \* \*$", "-" * 20, text, flags=re.MULTILINE)
    text = re.sub(r"\\([-.+_*#()\[\]!>`])", r"\1", text)
    text = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", text).strip()


_MARKDOWN_LINK: Final = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]{0,200}\]){0,2000})\]\(<([^<>]{0,4000})>\)")


def _written_out(link: re.Match[str]) -> str:
    words, address = link[1].strip(), re.sub(r"\\(.)", r"\1", link[2])
    address = address.removeprefix("mailto:").removeprefix("tel:")
    if not words or words == address:
        return address
    return f"{words} ({address})"
