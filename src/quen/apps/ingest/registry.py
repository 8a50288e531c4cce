"""Socket of the ingest room: who understands what came to an endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from quen.apps.ingest.types import StoredEvent


class EndpointHandler(Protocol):
    """Acts on hits of one workspace, in its schema, in order of their ids.

    Runs in the transaction that deletes them. Hits it can make nothing of it passes over; one that makes it raise is
    set aside, and the others are offered again without it.
    """

    def __call__(self, raw_events: Sequence[StoredEvent], *, now: datetime) -> None:
        """Write what the hits mean."""


_endpoints: dict[str, EndpointHandler] = {}


def register_endpoint(key: str, handler: EndpointHandler) -> None:
    """Register who understands the hits of an endpoint."""
    _endpoints[key] = handler


def endpoints() -> dict[str, EndpointHandler]:
    """Give every endpoint with who understands it."""
    return dict(_endpoints)
