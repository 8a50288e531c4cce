"""Unsubscribe tokens: the workspace, contact, message, channel and day of a link, with a signature.

Stateless. Leaving works for as long as the message is kept; the day says until when the link also shows the person's
data. 36 bytes: payload (24, the last one is free) and the first 96 bits of its HMAC-SHA256 (12). Links of before the
day was added have 33 bytes.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import date, timedelta

_LAYOUT = struct.Struct(">IQQBHx")
_LAYOUT_WITHOUT_DAY = struct.Struct(">IQQB")
_MAC_BYTES = 12
_LAYOUTS = {48: _LAYOUT, 44: _LAYOUT_WITHOUT_DAY}
_FIRST_DAY = date(1970, 1, 1)
#: the index of a channel is part of every token ever sent: only append, never reorder
CHANNELS = ("email", "sms", "zalo", "chat", "push", "call")
_NUMBERS = {channel: number for number, channel in enumerate(CHANNELS)}


@dataclass(frozen=True, slots=True)
class UnsubscribeToken:
    """The contact a token belongs to, and the message that contained it. issued_on: None in links without a day."""

    workspace_id: int
    contact_id: int
    message_id: int | None
    channel: str
    issued_on: date | None = None


def encode(payload: UnsubscribeToken, *, key: bytes) -> str:
    """Return the token of a link. key: the signing key."""
    day = (payload.issued_on - _FIRST_DAY).days if payload.issued_on else 0
    data = _LAYOUT.pack(
        payload.workspace_id, payload.contact_id, payload.message_id or 0, _NUMBERS[payload.channel], day
    )
    return base64.urlsafe_b64encode(data + _signature(data, key)).decode()


def decode(token: str, *, key: bytes) -> UnsubscribeToken | None:
    """Return the payload of a token, or None if the token is invalid."""
    layout = _LAYOUTS.get(len(token))
    if layout is None or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    data, signature = raw[: layout.size], raw[layout.size :]
    if not hmac.compare_digest(signature, _signature(data, key)):
        return None
    workspace_id, contact_id, message_id, number, *days = layout.unpack(data)
    issued_on = _FIRST_DAY + timedelta(days[0]) if days and days[0] else None
    return UnsubscribeToken(workspace_id, contact_id, message_id or None, CHANNELS[number], issued_on)


def _signature(data: bytes, key: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")[:_MAC_BYTES]
