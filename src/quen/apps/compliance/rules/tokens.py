"""Unsubscribe tokens: the workspace, contact, message and channel of a link, with a signature.

Stateless, and they never expire, because the link must work for as long as the message is kept. 33 bytes: payload (21)
and the first 96 bits of its HMAC-SHA256 (12).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass

_LAYOUT = struct.Struct(">IQQB")
_MAC_BYTES = 12
_TOKEN_CHARS = 44
#: the index of a channel is part of every token ever sent: only append, never reorder
CHANNELS = ("email", "sms", "zalo", "chat", "push", "call")
_NUMBERS = {channel: number for number, channel in enumerate(CHANNELS)}


@dataclass(frozen=True, slots=True)
class UnsubscribeToken:
    """The contact a token belongs to, and the message that contained it."""

    workspace_id: int
    contact_id: int
    message_id: int | None
    channel: str


def encode(payload: UnsubscribeToken, *, key: bytes) -> str:
    """Return the token of a link. key: the signing key."""
    data = _LAYOUT.pack(
        payload.workspace_id, payload.contact_id, payload.message_id or 0, _NUMBERS[payload.channel]
    )
    return base64.urlsafe_b64encode(data + _signature(data, key)).decode()


def decode(token: str, *, key: bytes) -> UnsubscribeToken | None:
    """Return the payload of a token, or None if the token is invalid."""
    if len(token) != _TOKEN_CHARS or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    data, signature = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
    if not hmac.compare_digest(signature, _signature(data, key)):
        return None
    workspace_id, contact_id, message_id, number = _LAYOUT.unpack(data)
    return UnsubscribeToken(workspace_id, contact_id, message_id or None, CHANNELS[number])


def _signature(data: bytes, key: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")[:_MAC_BYTES]
