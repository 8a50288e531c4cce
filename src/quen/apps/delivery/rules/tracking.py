"""Addresses by which a mail tells that it was opened and which link was followed, and how to read them back.

Nothing is stored for them: the token of a message carries the workspace and the message and a keyed hash over both;
a link says its address beside it, under a seal of the workspace, so that forging, and with it an open redirect, is
impossible. Seals are the same in all mails of a dispatch: a mail needs one new hash, however many links it has.
No Django here: a process that only renders builds these addresses as well.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import quote

#: of core.crypto.derive_key
KEY_PURPOSE = "tracking"
#: of ingest: where hits on these addresses are kept until delivery understands them
ENDPOINT = "tracking"
OPEN_PATH, CLICK_PATH = "/o/", "/c/"
#: 96 bits: nobody guesses them, and an address stays short
_MAC_BYTES = 12
#: a link and its address in quotes
LINK = re.compile(r"(<(?:a|area)\b[^<>]*?\shref\s*=\s*)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


class TrackedMessage(NamedTuple):
    """What a token stands for."""

    workspace_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Tracker:
    """Makes the tracking addresses of one dispatch. Picklable; ``key`` is derive_key(KEY_PURPOSE).

    base_url: https://…, without a slash at the end.
    """

    base_url: str
    workspace_id: int
    key: bytes = field(repr=False)
    opens: bool = True
    clicks: bool = True

    def token(self, message_id: int) -> str:
        """Give what stands for a message in all its addresses."""
        ids = _varint(self.workspace_id) + _varint(message_id)
        return _base64(ids + _mac(self.key, b"m", ids))

    def open_url(self, token: str) -> str:
        """Give the address of the invisible image of a message."""
        return f"{self.base_url}{OPEN_PATH}{token}.gif"

    def click_url(self, token: str, url: str) -> str:
        """Give the address that leads to ``url`` and tells that it was followed."""
        signature = _signature(self.key, self.workspace_id, url)
        return f"{self.base_url}{CLICK_PATH}{token}.{signature}?u={_percent_encoded(url)}"

    def rewrite(self, html: str, token: str, *, exclude: Collection[str] = ()) -> str:
        """Lead the web links of a mail through us and add the invisible image, as far as the dispatch tracks."""
        return self.add_open_pixel(self.rewrite_links(html, token, exclude=exclude), token)

    def rewrite_links(self, html: str, token: str, *, exclude: Collection[str] = ()) -> str:
        """Lead the web links of a text through us.

        leave: addresses that stay as they are. Opt-out links of ours always do: a refusal needs no detour.
        """
        return LINK.sub(lambda found: self._link(found, token, exclude), html) if self.clicks else html

    def add_open_pixel(self, html: str, token: str) -> str:
        """Add the invisible image."""
        return _add_pixel(html, self.open_url(token)) if self.opens else html

    def _link(self, found: re.Match[str], token: str, exclude: Collection[str]) -> str:
        before, quoted = found.groups()
        url = unescape(quoted[1:-1]).strip()
        if url in exclude or not is_web_address(url) or url.startswith(f"{self.base_url}/u/"):
            return found[0]
        return f'{before}"{escape(self.click_url(token, url))}"'


def read_open(key: bytes, token: str) -> TrackedMessage | None:
    """Give what an image's token stands for; None when it is not ours."""
    return _read(key, token)


def read_click(key: bytes, token: str, url: str) -> TrackedMessage | None:
    """Give what a link's token stands for; None when it is not ours or its seal was made for another address.

    A seal of another workspace is none: who writes mails in one does not lead where another one would.
    """
    token, _dot, seal = token.partition(".")
    tracked = _read(key, token) if is_web_address(url) else None
    if tracked is None or not seal.isascii():
        return None
    return tracked if hmac.compare_digest(seal, _signature(key, tracked.workspace_id, url)) else None


def is_web_address(url: str) -> bool:
    """Tell whether a browser would go to a site: nothing else is led through us."""
    return url[:8].lower().startswith(("http://", "https://")) and not _UNSAFE_CHARS.search(url)


#: what no header may carry; a link with them is left alone
_UNSAFE_CHARS = re.compile(r"[\x00-\x20\x7f]")


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
    # The length of ids is not fixed, so it is said; else an address could be taken for a part of them.
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
