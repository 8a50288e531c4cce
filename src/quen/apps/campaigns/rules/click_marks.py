"""Marks in a mail: beside each link how many people followed it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from typing import Final

_LINK: Final = re.compile(
    r"""<a\b[^<>]*?\shref\s*=\s*(?P<url>"[^"]*"|'[^']*')[^<>]*>.*?</a\s*>""", re.IGNORECASE | re.DOTALL
)
_STYLE: Final = (
    "display:inline-block;margin:2px 4px;padding:1px 8px;border-radius:10px;vertical-align:middle;white-space:nowrap;"
    "box-shadow:0 0 0 2px #ffffff;font:600 12px/18px system-ui,sans-serif;letter-spacing:0;text-decoration:none;"
    "text-transform:none;"
)
_FOLLOWED, _IDLE = "background:#0b6b4d;color:#ffffff", "background:#57534e;color:#ffffff"


def with_marks(html: str, text_of: Callable[[str], tuple[str, bool]]) -> str:
    """Return a mail with a mark behind each web link.

    text_of: returns the words of a link's mark and whether anybody followed it; no words are no mark.
    """

    def marked(found: re.Match[str]) -> str:
        url = unescape(found["url"][1:-1]).strip()
        text, followed = text_of(url) if _is_web(url) else ("", False)
        if not text:
            return found[0]
        return f'{found[0]}<span style="{_STYLE}{_FOLLOWED if followed else _IDLE}">{escape(text)}</span>'

    return _LINK.sub(marked, html)


def web_links(html: str) -> list[str]:
    """Return the web addresses that a mail links to, each once, in order."""
    urls = (unescape(found["url"][1:-1]).strip() for found in _LINK.finditer(html))
    return list(dict.fromkeys(url for url in urls if _is_web(url)))


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))
