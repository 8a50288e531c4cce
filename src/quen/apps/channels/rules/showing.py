"""What of a mail a page shows, and where its own addresses stand. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from email.header import decode_header, make_header
from urllib.parse import urlsplit

#: the picture of one dot that tells of an opening: /o/<token>.gif
_DOT = re.compile(
    r"""<img\b[^<>]*?\ssrc\s*=\s*["']?([^"'\s<>]{0,2000}/o/[^"'\s<>/]{1,200}\.gif)["']?[^<>]*>""",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_REST = re.compile(r"<(base|meta|iframe|object|embed|form)\b[^>]*>", re.IGNORECASE)


def open_address(body: str) -> str:
    """Give the address of the open pixel, "" without one."""
    found = _DOT.search(body)
    return html.unescape(found[1]) if found else ""


def for_looking(body: str) -> str:
    """Give the HTML to look at: links open elsewhere, and looking does not count as the customer's opening."""
    return '<base target="_blank">' + _REST.sub("", _DOT.sub("", _SCRIPT.sub("", body)))


def one_click_address(headers: Sequence[Sequence[str]]) -> str:
    """Give the address of RFC 8058, "" unless both headers are there."""
    words = {name.lower(): value for name, value in headers}
    if "one-click" not in words.get("list-unsubscribe-post", "").lower():
        return ""
    found = re.search(r"<(https?://[^>]+)>", words.get("list-unsubscribe", ""))
    return re.sub(r"\s", "", found[1]) if found else ""


def is_ours(url: str, base: str, folder: str) -> bool:
    """Say whether an address is of this installation, in a folder of its public pages."""
    given, own = urlsplit(url), urlsplit(base)
    same = (given.scheme, given.netloc) == (own.scheme, own.netloc)
    return same and given.path.startswith(f"{own.path.rstrip('/')}{folder}")


def readable_headers(headers: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Give the headers with encoded words read."""
    return [(name, _read(value)) for name, value in headers]


def _read(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError):
        return value
