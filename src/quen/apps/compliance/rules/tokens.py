"""What a link in a mail stands for: a person, a channel and a message, sealed so that nobody can make one up.

Stateless and without an end: the way to refuse must work as long as the mail lies in somebody's box. 33 bytes: who
and what (21), the first 96 bits of HMAC-SHA256 over it (12).
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
#: the number of each channel is part of every token ever sent: never reorder, only append
CHANNELS = ("email", "sms", "zalo", "chat", "push", "call")
_NUMBERS = {channel: number for number, channel in enumerate(CHANNELS)}


@dataclass(frozen=True, slots=True)
class UnsubscribeToken:
    """Who may speak here for themselves, and which message brought them."""

    workspace_id: int
    contact_id: int
    message_id: int | None
    channel: str


@cache
def _key() -> bytes:
    return crypto.derive_key("compliance.unsubscribe")


def encode(*, workspace_id: int, contact_id: int, message_id: int | None, channel: str) -> str:
    """Make the token of a link."""
    payload = _LAYOUT.pack(workspace_id, contact_id, message_id or 0, _NUMBERS[channel])
    mac = hmac.digest(_key(), payload, "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(payload + mac).decode()


def decode(token: str) -> UnsubscribeToken | None:
    """Give what a token stands for, or None when we did not make it."""
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
