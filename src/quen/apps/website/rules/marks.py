"""The mark that a tracked link hands to the script on the page it leads to.

It stands behind the # of the address, which browsers send to nobody, and the script takes it away at once. It names a
message and the minute of the click, and is worth nothing half an hour later.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from quen.apps.website.types import MARK_MINUTES
from quen.core import crypto

_MARK: Final = re.compile(r"([0-9a-z]{1,13})-([0-9a-z]{1,8})-([\w-]{16})")
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
FRAGMENT: Final = "quen="


def with_mark(url: str, *, workspace_id: int, message_id: int, now: datetime) -> str:
    """Return an address with the mark of a message. One that has a fragment of its own stays as it is."""
    if "#" in url:
        return url
    minute = int(now.timestamp() // 60)
    name = f"{_base36(message_id)}-{_base36(minute)}"
    return f"{url}#{FRAGMENT}{name}-{_signature(workspace_id, name)}"


def message_of(mark: str, *, workspace_id: int, now: datetime) -> int | None:
    """Return the message of a mark; None if it is forged, of another workspace, or too old."""
    found = _MARK.fullmatch(mark)
    if found is None or not hmac.compare_digest(_signature(workspace_id, f"{found[1]}-{found[2]}"), found[3]):
        return None
    made_at = datetime.fromtimestamp(int(found[2], 36) * 60, UTC)
    return int(found[1], 36) if now < made_at + timedelta(minutes=MARK_MINUTES) else None


def origin_of(url: str) -> str:
    """Return the origin of an address as browsers send it, such as https://www.trasen.vn; empty if it has none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{host}" + (f":{port}" if port and port != usual else "")


def _signature(workspace_id: int, name: str) -> str:
    digest = hmac.digest(_secret(), f"{workspace_id}:{name}".encode(), "sha256")
    return urlsafe_b64encode(digest[:12]).decode()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"


@cache
def _secret() -> bytes:
    return crypto.derive_key("website-mark")
