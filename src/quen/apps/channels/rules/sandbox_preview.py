"""How the sandbox shows an email, and where our own URLs are in it. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from email.header import decode_header, make_header
from urllib.parse import urlsplit

#: the tracking pixel: /o/<token>.gif
_OPEN_PIXEL = re.compile(
    r"""<img\b[^<>]*?\ssrc\s*=\s*["']?([^"'\s<>]{0,2000}/o/[^"'\s<>/]{1,200}\.gif)["']?[^<>]*>""",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_UNSAFE_TAGS = re.compile(r"<(base|meta|iframe|object|embed|form)\b[^>]*>", re.IGNORECASE)


def open_pixel_url(body: str) -> str:
    """Return the URL of the open pixel, "" without one."""
    found = _OPEN_PIXEL.search(body)
    return html.unescape(found[1]) if found else ""


def preview_html(body: str) -> str:
    """Return the HTML for viewing: links open in a new tab; without the open pixel, viewing is not an open."""
    return '<base target="_blank">' + _UNSAFE_TAGS.sub("", _OPEN_PIXEL.sub("", _SCRIPT.sub("", body)))


def one_click_url(headers: Sequence[Sequence[str]]) -> str:
    """Return the one-click unsubscribe URL of RFC 8058, "" unless both headers are present."""
    by_name = {name.lower(): value for name, value in headers}
    if "one-click" not in by_name.get("list-unsubscribe-post", "").lower():
        return ""
    found = re.search(r"<(https?://[^>]+)>", by_name.get("list-unsubscribe", ""))
    return re.sub(r"\s", "", found[1]) if found else ""


def is_own_url(url: str, base: str, folder: str) -> bool:
    """Return whether a URL belongs to this installation and is under a path of its public pages."""
    url_parts, base_parts = urlsplit(url), urlsplit(base)
    same_host = (url_parts.scheme, url_parts.netloc) == (base_parts.scheme, base_parts.netloc)
    return same_host and url_parts.path.startswith(f"{base_parts.path.rstrip('/')}{folder}")


def decoded_headers(headers: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Return the headers with encoded words decoded."""
    return [(name, _decoded(value)) for name, value in headers]


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError):
        return value
