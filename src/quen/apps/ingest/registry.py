"""Socket of the ingest room: who understands what came to an endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from quen.apps.ingest.types import Kept


class Understand(Protocol):
    """Acts on hits of one workspace, in its schema, in order of their ids.

    Runs in the transaction that deletes them. Hits it can make nothing of it passes over; one that makes it raise is
    set aside, and the others are offered again without it.
    """

    def __call__(self, hits: Sequence[Kept], *, now: datetime) -> None:
        """Write what the hits mean."""


_endpoints: dict[str, Understand] = {}


def endpoint(key: str, understand: Understand) -> None:
    """Register who understands the hits of an endpoint."""
    _endpoints[key] = understand


def endpoints() -> dict[str, Understand]:
    """Give every endpoint with who understands it."""
    return dict(_endpoints)
