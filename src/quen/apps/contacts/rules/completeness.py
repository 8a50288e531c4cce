"""The required-field profile of a workspace (R-01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def missing(required: Sequence[str], values: Mapping[str, Any]) -> list[str]:
    """Give the required keys that a person lacks. A birthday without a year counts as one."""
    return [
        key for key in required if not (values.get("birth_day") if key == "birth_on" else values.get(key))
    ]


def is_identified(values: Mapping[str, Any], *, identities: int = 0) -> bool:
    """Say whether the person can be recognised again: by mail, phone or an account somewhere."""
    return bool(values.get("email") or values.get("phone") or identities)
