"""Build and read the tracking URLs of opens and clicks.

Nothing is stored for them. A message's token contains the ids of workspace and message and a keyed hash of both. A link
carries its target URL beside the token, signed for the workspace, so that tokens cannot be forged and no open redirect
is possible. Signatures are the same in all messages of a dispatch: a message needs one new hash, however many links it
has. No Django here, because the render subprocess builds these URLs too.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

#: argument of core.crypto.derive_key
KEY_PURPOSE = "tracking"
#: the ingest endpoint that stores opens and clicks until delivery processes them
ENDPOINT = "tracking"
OPEN_PATH, CLICK_PATH = "/o/", "/c/"
#: 96 bits cannot be guessed and keep the URL short
_MAC_BYTES = 12
#: a link and its quoted URL
LINK = re.compile(r"(<(?:a|area)\b[^<>]*?\shref\s*=\s*)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


class TrackedMessage(NamedTuple):
    """The message behind a token."""

    workspace_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Tracker:
    """Builds the tracking URLs of one dispatch. Picklable; ``key`` is derive_key(KEY_PURPOSE).

    base_url: https://…, without a trailing slash.
    """

    base_url: str
    workspace_id: int
    key: bytes = field(repr=False)
    opens: bool = True
    clicks: bool = True

    def token(self, message_id: int) -> str:
        """Return the token of a message, used in all its tracking URLs."""
        ids = _varint(self.workspace_id) + _varint(message_id)
        return _base64(ids + _mac(self.key, b"m", ids))

    def open_url(self, token: str) -> str:
        """Return the URL of a message's open pixel."""
        return f"{self.base_url}{OPEN_PATH}{token}.gif"

    def click_url(self, token: str, url: str) -> str:
        """Return the tracking URL that redirects to ``url``."""
        signature = _signature(self.key, self.workspace_id, url)
        return f"{self.base_url}{CLICK_PATH}{token}.{signature}?u={_percent_encoded(url)}"

    def rewrite_links(self, html: str, token: str, *, exclude: Collection[str] = ()) -> str:
        """Rewrite the web links of a text to tracking URLs.

        exclude: URLs that are left unchanged. Our unsubscribe links always are: an opt-out needs no redirect.
        """
        return LINK.sub(lambda found: self._link(found, token, exclude), html) if self.clicks else html

    def add_open_pixel(self, html: str, token: str) -> str:
        """Add the open pixel."""
        return _add_pixel(html, self.open_url(token)) if self.opens else html

    def _link(self, found: re.Match[str], token: str, exclude: Collection[str]) -> str:
        before, quoted = found.groups()
        url = unescape(quoted[1:-1]).strip()
        if url in exclude or not is_web_address(url) or url.startswith(f"{self.base_url}/u/"):
            return found[0]
        return f'{before}"{escape(self.click_url(token, url))}"'


def read_open(key: bytes, token: str) -> TrackedMessage | None:
    """Return the message of an open pixel's token; None when the token is invalid."""
    return _read(key, token)


def read_click(key: bytes, token: str, url: str) -> TrackedMessage | None:
    """Return the message of a link's token; None when the token is invalid or was signed for another URL.

    A signature of another workspace is invalid, so that its users cannot redirect on behalf of this one.
    """
    token, _dot, seal = token.partition(".")
    tracked = _read(key, token) if is_web_address(url) else None
    if tracked is None or not seal.isascii():
        return None
    return tracked if hmac.compare_digest(seal, _signature(key, tracked.workspace_id, url)) else None


def is_web_address(url: str) -> bool:
    """Return whether a URL is a web address; only those are tracked."""
    return url[:8].lower().startswith(("http://", "https://")) and not _UNSAFE_CHARS.search(url)


#: characters that no HTTP header may contain; a link with them is not tracked
_UNSAFE_CHARS = re.compile(r"[\x00-\x20\x7f]")


def url_with_tags(url: str, tags: Mapping[str, str]) -> str:
    """Return a web address with campaign tags in its query. A tag already there is kept."""
    if not tags:
        return url
    parts = urlsplit(url)
    known = {pair.partition("=")[0] for pair in parts.query.split("&")}
    more = urlencode({key: value for key, value in tags.items() if value and key not in known})
    query = "&".join(filter(None, (parts.query, more)))
    return urlunsplit(parts._replace(query=query))


@lru_cache(maxsize=4096)
def _percent_encoded(url: str) -> str:
    return quote(url, safe="")


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@lru_cache(maxsize=4096)
def _signature(key: bytes, workspace_id: int, url: str) -> str:
    return _base64(_mac(key, b"u", _varint(workspace_id), url))


def _read(key: bytes, token: str) -> TrackedMessage | None:
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (NotBase64, ValueError):
        return None
    ids, given = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not hmac.compare_digest(given, _mac(key, b"m", ids)):
        return None
    workspace_id, rest = _read_varint(ids)
    message_id, _rest = _read_varint(rest)
    return TrackedMessage(workspace_id, message_id)


def _mac(key: bytes, purpose: bytes, ids: bytes, url: str = "") -> bytes:
    # The ids have no fixed length. Their length is hashed too, or the URL could be shifted into them.
    text = purpose + bytes((len(ids),)) + ids + url.encode("utf-8", "surrogatepass")
    return hmac.digest(key, text, "sha256")[:_MAC_BYTES]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(raw: bytes) -> tuple[int, bytes]:
    number = 0
    for place, byte in enumerate(raw):
        number |= (byte & 127) << 7 * place
        if byte < 128:
            return number, raw[place + 1 :]
    return number, b""


def _add_pixel(html: str, url: str) -> str:
    image = f'<img src="{escape(url)}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0">'
    end = None
    for end in _BODY_END.finditer(html):  # noqa: B007  # the last one
        pass
    if end is None:
        return html + image
    return f"{html[: end.start()]}{image}{html[end.start() :]}"
