"""Questions over many people that a page waits for: read-only, and given up when time is up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError

from quen.core import sql

Result = TypeVar("Result")
_QUERY_CANCELED = "57014"  # query_canceled


def with_timeout(query: Callable[[], Result], *, timeout_ms: int) -> Result | None:
    """Give the answer, or None when the server was not done in time."""
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            return query()
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _QUERY_CANCELED:
            raise
    return None
