"""Run slow queries of a page read-only and with a time limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError

from quen.core import sql

Result = TypeVar("Result")
_QUERY_CANCELED = "57014"  # query_canceled


def with_timeout(query: Callable[[], Result], *, timeout_ms: int) -> Result | None:
    """Return the result, or None when the server did not finish in time."""
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            return query()
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _QUERY_CANCELED:
            raise
    return None
