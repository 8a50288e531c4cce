"""What of a mail a page shows, and where its own addresses stand. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from email.header import decode_header, make_header
from urllib.parse import urlsplit

#: the picture of one dot that tells of an opening: /o/<token>.gif
_OPEN_PIXEL = re.compile(
    r"""<img\b[^<>]*?\ssrc\s*=\s*["']?([^"'\s<>]{0,2000}/o/[^"'\s<>/]{1,200}\.gif)["']?[^<>]*>""",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_UNSAFE_TAGS = re.compile(r"<(base|meta|iframe|object|embed|form)\b[^>]*>", re.IGNORECASE)


def open_pixel_url(body: str) -> str:
    """Give the address of the open pixel, "" without one."""
    found = _OPEN_PIXEL.search(body)
    return html.unescape(found[1]) if found else ""


def preview_html(body: str) -> str:
    """Give the HTML to look at: links open elsewhere, and looking does not count as the customer's opening."""
    return '<base target="_blank">' + _UNSAFE_TAGS.sub("", _OPEN_PIXEL.sub("", _SCRIPT.sub("", body)))


def one_click_url(headers: Sequence[Sequence[str]]) -> str:
    """Give the address of RFC 8058, "" unless both headers are there."""
    by_name = {name.lower(): value for name, value in headers}
    if "one-click" not in by_name.get("list-unsubscribe-post", "").lower():
        return ""
    found = re.search(r"<(https?://[^>]+)>", by_name.get("list-unsubscribe", ""))
    return re.sub(r"\s", "", found[1]) if found else ""


def is_own_url(url: str, base: str, folder: str) -> bool:
    """Say whether an address is of this installation, in a folder of its public pages."""
    url_parts, base_parts = urlsplit(url), urlsplit(base)
    same_host = (url_parts.scheme, url_parts.netloc) == (base_parts.scheme, base_parts.netloc)
    return same_host and url_parts.path.startswith(f"{base_parts.path.rstrip('/')}{folder}")


def decoded_headers(headers: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Give the headers with encoded words read."""
    return [(name, _decoded(value)) for name, value in headers]


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError):
        return value
