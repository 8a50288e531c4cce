"""Addresses outside workspaces: a purpose, the workspace, a row and up to eight bytes more, with a signature.

Stateless, so nothing is looked up before a request is known to be meant. 21 bytes of payload and the first 72 bits of
its HMAC-SHA256: 40 characters.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from enum import IntEnum

_LAYOUT = struct.Struct(">BIQ8s")
_MAC_BYTES = 9
_CHARS = 40


class Purpose(IntEnum):
    """What an address is for; part of every one ever given out: only append."""

    FORM = 1
    CONFIRM = 2
    EXTERNAL = 3


@dataclass(frozen=True, slots=True)
class SignupToken:
    """What an address stands for. row_id: of a form, or of a submission to confirm.  secret: of the row, in hex."""

    purpose: Purpose
    workspace_id: int
    row_id: int
    secret: str = ""


def encode(token: SignupToken, *, key: bytes) -> str:
    """Return the token of an address. key: the signing key."""
    secret = bytes.fromhex(token.secret).ljust(8, b"\0")
    data = _LAYOUT.pack(token.purpose, token.workspace_id, token.row_id, secret)
    return base64.urlsafe_b64encode(data + _signature(data, key)).decode()


def decode(text: str, *, purpose: Purpose, key: bytes) -> SignupToken | None:
    """Return what a token stands for; None for an invalid one, or one of another purpose."""
    if len(text) != _CHARS or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    data, signature = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
    if not hmac.compare_digest(signature, _signature(data, key)):
        return None
    given, workspace_id, row_id, secret = _LAYOUT.unpack(data)
    if given != purpose:
        return None
    return SignupToken(purpose, workspace_id, row_id, "" if secret == bytes(8) else secret.hex())


def _signature(data: bytes, key: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")[:_MAC_BYTES]
