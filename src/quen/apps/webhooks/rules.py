"""Signatures as Standard Webhooks 1.0.0 says, and when a message is tried again. Pure: no database, no clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

_SECRET_PREFIX: Final = "whsec_"  # noqa: S105  # how a secret begins
_SECRET_BYTES: Final = 32
#: from one attempt to the next, 72 hours in all: the schedule of the specification's example, ended after three days
_DELAYS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 73_495)
)
#: by which part a delay is shortened at most
_JITTER: Final = 0.2
_FIRST_REST: Final = timedelta(seconds=5)
_LONGEST_REST: Final = timedelta(minutes=15)


def new_secret() -> str:
    """Return a new secret: "whsec_" and 32 random bytes in base64."""
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return one signature, "v1,…": HMAC-SHA256 over id, time and body, joined by full stops."""
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(*, message_id: str, at: datetime, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """Return the headers of one attempt. keys: all secrets that sign, the newest first."""
    timestamp = int(at.timestamp())
    signatures = [signature(key, message_id=message_id, timestamp=timestamp, body=body) for key in keys]
    return {
        "content-type": "application/json",
        "accept-encoding": "identity",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def message_id(token: str, number: int, created_at: datetime) -> str:
    """Return the id of a message, the same for each attempt.

    The time is in it, because a restored backup uses numbers a second time for other messages.
    """
    named = f"{token}:{number}:{created_at.timestamp():.6f}".encode()
    return "msg_" + hashlib.blake2b(named, digest_size=16).hexdigest()


def next_attempt(attempts: int, *, now: datetime, after_seconds: int | None = None) -> datetime | None:
    """Return when a message is tried again after so many attempts; None to give up.

    after_seconds: what the other system asked for; it is waited for up to an hour.
    """
    if attempts > len(_DELAYS):
        return None
    delay = _DELAYS[attempts - 1]
    # Spread, so that messages which failed together do not come back together.
    delay *= 1 - random.uniform(0, _JITTER)  # noqa: S311  # no secret
    return now + max(delay, timedelta(seconds=min(after_seconds or 0, 3600)))


def rest(troubles: int) -> timedelta:
    """Return how long an endpoint rests after so many troubles in a row."""
    return min(_FIRST_REST * int(2 ** min(troubles - 1, 10)), _LONGEST_REST)
