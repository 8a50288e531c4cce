"""The keyed hash by which an erased person is recognised, and nobody else can be (CON-68)."""

from __future__ import annotations

import hmac
from typing import Final

_BLOCK_BYTES: Final = 64
_OUTER, _INNER = 0x5C, 0x36


def digest(key: bytes, kind: str, value: str) -> bytes:
    """Return the HMAC-SHA256 of an identifier. kind: "phone", "email" or the system of an identity."""
    return hmac.digest(key, f"{kind}:{value}".encode(), "sha256")


def paddings(key: bytes) -> tuple[bytes, bytes]:
    """Return what precedes the outer and the inner text of the hash (RFC 2104), so that SQL can make it too.

    ``digest`` is sha256(outer || sha256(inner || kind || ':' || value)).
    """
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ _OUTER for byte in padded), bytes(byte ^ _INNER for byte in padded)
