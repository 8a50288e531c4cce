"""Tokens of webhook addresses: /hooks/<token> names a connection and cannot be guessed or altered."""

from __future__ import annotations

import hmac
import re
from functools import cache
from typing import Final

from quen.core import crypto

PATH: Final = "/hooks/"
_TOKEN: Final = re.compile(r"([1-9][0-9]{0,17})-([1-9][0-9]{0,17})-([0-9a-f]{32})")


def encode(*, workspace_id: int, connection_id: int) -> str:
    """Return the token of a connection, always the same: providers store the address it is in."""
    name = f"{workspace_id}-{connection_id}"
    return f"{name}-{_signature(name)}"


def decode(token: str) -> tuple[int, int] | None:
    """Return workspace id and connection id of a token; None if it is not one of ours. Uses no database."""
    found = _TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(_signature(f"{found[1]}-{found[2]}"), found[3]):
        return None
    return int(found[1]), int(found[2])


def _signature(name: str) -> str:
    return hmac.new(_key(), name.encode(), "sha256").hexdigest()[:32]


@cache
def _key() -> bytes:
    return crypto.derive_key("channel-webhook")
