"""What every page asks and hardly ever changes, remembered by this process for some seconds."""

from __future__ import annotations

import time
from typing import Final

#: how long another process may still show a switch of yesterday's
SECONDS: Final = 5.0
_sandbox: dict[str, tuple[bool, float]] = {}


def recall_sandbox(schema: str) -> bool | None:
    """Give whether a workspace's sandbox was on a moment ago; None when nobody remembers."""
    on, until = _sandbox.get(schema, (False, 0.0))
    return on if time.monotonic() < until else None


def remember_sandbox(schema: str, *, on: bool) -> None:
    """Remember it."""
    _sandbox[schema] = (on, time.monotonic() + SECONDS)


def forget_sandbox() -> None:
    """Ask anew next time, in every workspace."""
    _sandbox.clear()
