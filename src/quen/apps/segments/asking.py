"""Questions over many people that a page waits for: read-only, and given up when time is up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError

from quen.core import sql

Answer = TypeVar("Answer")
_TIME_IS_UP = "57014"  # query_canceled


def in_time(ask: Callable[[], Answer], *, timeout_ms: int) -> Answer | None:
    """Give the answer, or None when the server was not done in time."""
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            return ask()
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _TIME_IS_UP:
            raise
    return None
