"""Values that every page needs and that rarely change, cached per process for a few seconds."""

from __future__ import annotations

import time
from typing import Final

from quen.apps.channels import queries
from quen.core import schemas

#: how long another process may still show the previous state
CACHE_SECONDS: Final = 5.0
#: by schema: whether the sandbox is on, and the monotonic time until which that is valid
_sandbox: dict[str, tuple[bool, float]] = {}


def sandbox_is_on_cached() -> bool:
    """Return whether the sandbox is on, up to CACHE_SECONDS old: the sidebar of every page asks."""
    schema = schemas.current()
    on, until = _sandbox.get(schema, (False, 0.0))
    if time.monotonic() >= until:
        on = queries.sandbox_is_on()
        _sandbox[schema] = (on, time.monotonic() + CACHE_SECONDS)
    return on


def clear_cache() -> None:
    """Drop the cached values of all workspaces."""
    _sandbox.clear()
