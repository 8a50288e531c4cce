"""Dataclasses and errors of the ingest app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class NewRawEvent(NamedTuple):
    """An event from outside, to be stored as received.

    body: JSON.  external_id: the sender's own id; a second event with it is not stored.
    """

    workspace_id: int
    endpoint: str
    at: datetime
    body: Mapping[str, Any]
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A stored event as its handler receives it."""

    id: int
    at: datetime
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ProcessingResult:
    """How many of a workspace's events were processed, quarantined and dropped."""

    processed: int = 0
    quarantined: int = 0
    dropped: int = 0


class NotStored(Exception):
    """The event could not be stored in time, so it must not be acknowledged."""
