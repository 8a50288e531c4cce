"""HMAC-SHA256 of a short text under a kind: a value is recognised by those who have the key, and read by nobody."""

from __future__ import annotations

import hmac
from functools import cache
from typing import Final

_BLOCK_BYTES: Final = 64
_OUTER, _INNER = 0x5C, 0x36


def digest(key: bytes, kind: str, value: str) -> bytes:
    """Return the HMAC-SHA256 of a value; the same value of another kind has another hash."""
    return hmac.digest(key, f"{kind}:{value}".encode(), "sha256")


@cache
def paddings(key: bytes) -> tuple[bytes, bytes]:
    """Return what precedes the outer and the inner text of the hash (RFC 2104), so that SQL can make it too.

    ``digest`` is sha256(outer || sha256(inner || convert_to(kind || ':' || value, 'UTF8'))). key: at most 64 bytes.
    """
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ _OUTER for byte in padded), bytes(byte ^ _INNER for byte in padded)
