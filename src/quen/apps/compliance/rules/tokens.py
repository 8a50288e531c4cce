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
from functools import cache

from quen.core import crypto

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


@cache
def _key() -> bytes:
    return crypto.derive_key("compliance.unsubscribe")


def encode(*, workspace_id: int, contact_id: int, message_id: int | None, channel: str) -> str:
    """Return the token of a link."""
    payload = _LAYOUT.pack(workspace_id, contact_id, message_id or 0, _NUMBERS[channel])
    mac = hmac.digest(_key(), payload, "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(payload + mac).decode()


def decode(token: str) -> UnsubscribeToken | None:
    """Return the payload of a token, or None if the token is invalid."""
    if len(token) != _TOKEN_CHARS or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    payload, mac = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
    if not hmac.compare_digest(mac, hmac.digest(_key(), payload, "sha256")[:_MAC_BYTES]):
        return None
    workspace_id, contact_id, message_id, number = _LAYOUT.unpack(payload)
    return UnsubscribeToken(workspace_id, contact_id, message_id or None, CHANNELS[number])
