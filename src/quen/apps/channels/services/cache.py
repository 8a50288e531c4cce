"""What every page asks and hardly ever changes, remembered by this process for some seconds."""

from __future__ import annotations

import time
from typing import Final

from quen.apps.channels import queries
from quen.core import schemas

#: how long another process may still show a switch of yesterday's
CACHE_SECONDS: Final = 5.0
#: schema -> (sandbox is on, monotonic time until which that counts)
_sandbox: dict[str, tuple[bool, float]] = {}


def sandbox_is_on_cached() -> bool:
    """Say whether the sandbox is on from memory, some seconds old at most: every page's sidebar asks."""
    schema = schemas.current()
    on, until = _sandbox.get(schema, (False, 0.0))
    if time.monotonic() >= until:
        on = queries.sandbox_is_on()
        _sandbox[schema] = (on, time.monotonic() + CACHE_SECONDS)
    return on


def clear_cache() -> None:
    """Ask anew next time, in every workspace."""
    _sandbox.clear()
