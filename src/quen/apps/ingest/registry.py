"""Extension point of the ingest app: handlers of raw events by endpoint."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from quen.apps.ingest.types import StoredEvent


class EndpointHandler(Protocol):
    """Processes raw events of one workspace, in its schema, in order of their ids.

    Runs in the transaction that deletes them. Events it does not know are ignored. An event that makes it raise is
    quarantined, and the others are processed again without it.
    """

    def __call__(self, raw_events: Sequence[StoredEvent], *, now: datetime) -> Collection[int] | None:
        """Write what the events mean. Return the ids of events to quarantine, such as forged ones."""


_endpoints: dict[str, EndpointHandler] = {}
_lasting: set[str] = set()


def register_endpoint(key: str, handler: EndpointHandler, *, lasting: bool = False) -> None:
    """Register the handler of an endpoint.

    lasting: its events are processed in an archived workspace, too, and wait for as long as it takes.
    """
    _endpoints[key] = handler
    if lasting:
        _lasting.add(key)


def endpoints() -> dict[str, EndpointHandler]:
    """Return the handlers by endpoint."""
    return dict(_endpoints)


def lasting_endpoints() -> frozenset[str]:
    """Return the endpoints whose events are never dropped while their workspace exists."""
    return frozenset(_lasting)
