"""The keyed hash by which workspaces of one advertiser recognise an address (R-58)."""

from __future__ import annotations

import hmac
from functools import cache
from typing import Final

_BLOCK_BYTES: Final = 64
_OUTER, _INNER = 0x5C, 0x36


def shared_hash(key: bytes, channel: str, address: str) -> bytes:
    """Return the HMAC-SHA256 of an address on a channel."""
    return hmac.digest(key, f"{channel}:{address.lower()}".encode(), "sha256")


@cache
def paddings(key: bytes) -> tuple[bytes, bytes]:
    """Return what precedes the outer and the inner hash of HMAC-SHA256 (RFC 2104), for the same hash in SQL.

    It is sha256(outer || sha256(inner || convert_to(channel || ':' || lower(address), 'UTF8'))).
    """
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ _OUTER for byte in padded), bytes(byte ^ _INNER for byte in padded)
