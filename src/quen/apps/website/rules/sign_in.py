"""Tokens with which the shop's server says who has signed in: JSON Web Tokens, signed with HMAC-SHA256 (RFC 7519)."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode
from datetime import datetime
from typing import Any, Final

#: what a token may name a person by, in the order in which it is looked up
IDENTIFIERS: Final = ("code", "email", "phone")
#: a token is made when somebody signs in, and read by the page that follows
MAX_LIFE_SECONDS: Final = 24 * 3600
MAX_CHARS: Final = 2_000


def identifiers_in(token: str, *, secret: str, visitor: str, now: datetime) -> tuple[tuple[str, str], ...]:
    """Return what a token names a person by, as (kind, value); nothing unless it is signed, in time, for this visitor.

    The header must say HS256: the token never chooses how it is checked.
    """
    parts = token.split(".")
    if len(parts) != 3 or len(token) > MAX_CHARS or not secret:
        return ()
    head, body, signature = parts
    expected = hmac.digest(secret.encode(), f"{head}.{body}".encode(), "sha256")
    given = _decoded(signature)
    if given is None or not hmac.compare_digest(expected, given):
        return ()
    header, claims = _json(head), _json(body)
    if header.get("alg") != "HS256" or claims.get("visitor") != visitor:
        return ()
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or not 0 < expires - now.timestamp() <= MAX_LIFE_SECONDS:
        return ()
    return tuple(
        (kind, value.strip()[:200])
        for kind in IDENTIFIERS
        if isinstance(value := claims.get(kind), str) and value.strip()
    )


def _json(part: str) -> dict[str, Any]:
    raw = _decoded(part)
    try:
        found = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _decoded(part: str) -> bytes | None:
    try:
        return urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))
    except ValueError:
        return None
