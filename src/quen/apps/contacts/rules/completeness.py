"""The fields that a workspace requires (R-01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def missing(required: Sequence[str], values: Mapping[str, Any]) -> list[str]:
    """Return the required keys without a value. A birthday without a year counts as a value."""
    return [
        key for key in required if not (values.get("birth_day") if key == "birth_on" else values.get(key))
    ]


def is_identified(values: Mapping[str, Any], *, identities: int = 0) -> bool:
    """Return whether the person can be recognised again: by email, phone or an account in another system."""
    return bool(values.get("email") or values.get("phone") or identities)
