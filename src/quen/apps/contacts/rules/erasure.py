"""The keyed hash by which an erased person is recognised, and nobody else can be (CON-68)."""

from __future__ import annotations

from typing import Final

_BLOCK_BYTES: Final = 64
_OUTER, _INNER = 0x5C, 0x36


def paddings(key: bytes) -> tuple[bytes, bytes]:
    """Return what precedes the outer and the inner hash of HMAC-SHA256 (RFC 2104).

    The hash is sha256(outer || sha256(inner || text)), the text ``kind:value``; kind: "phone", "email" or the system of an identity.
    """
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ _OUTER for byte in padded), bytes(byte ^ _INNER for byte in padded)
