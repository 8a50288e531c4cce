"""URLs in an author's text."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_HREF: Final = re.compile(r"""\bhref\s*=\s*["'](https?://[^"']+)["']""", re.IGNORECASE)
_BARE: Final = re.compile(r"""(?<!["'=])\bhttps?://[^\s<>"'{}]+""", re.IGNORECASE)


def extract_urls(body: str) -> list[str]:
    """Return the web URLs of HTML or plain text, each once and in order, without those that contain merge tags."""
    found = _HREF.findall(body) if "<" in body else [each.rstrip(".,;:!?)") for each in _BARE.findall(body)]
    return [each for each in dict.fromkeys(unescape(address) for address in found) if "{" not in each]
