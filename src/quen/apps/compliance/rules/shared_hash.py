"""The keyed hash by which workspaces of one advertiser recognise an address (R-58)."""

from __future__ import annotations

from quen.core.keyed_hash import digest


def shared_hash(key: bytes, channel: str, address: str) -> bytes:
    """Return the hash of an address on a channel; capital letters do not matter."""
    return digest(key, channel, address.lower())
