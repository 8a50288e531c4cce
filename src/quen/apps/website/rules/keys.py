"""The public key of a shop's website: it names the workspace, and nobody can make one up or learn its address."""

from __future__ import annotations

import hmac
import re
from functools import cache
from typing import Final

from quen.core import crypto

_KEY: Final = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{16})")


def public_key(workspace_id: int) -> str:
    """Return the public key of a workspace, always the same: it is in the pages of the shop."""
    return f"{workspace_id}-{_signature(workspace_id)}"


def workspace_of(key: str) -> int | None:
    """Return the workspace of a public key; None if it is not one of ours. Uses no database."""
    found = _KEY.fullmatch(key)
    if found is None or not hmac.compare_digest(_signature(int(found[1])), found[2]):
        return None
    return int(found[1])


def _signature(workspace_id: int) -> str:
    return hmac.new(_secret(), str(workspace_id).encode(), "sha256").hexdigest()[:16]


@cache
def _secret() -> bytes:
    return crypto.derive_key("website-key")
