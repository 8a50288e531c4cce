"""Words and shapes of the ingest room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class NewRawEvent(NamedTuple):
    """Something told from outside, to be kept as it came.

    body: JSON.  external_id: the sender's own id; a second hit with it is not kept.
    """

    workspace_id: int
    endpoint: str
    at: datetime
    body: Mapping[str, Any]
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A hit as the room that understands it gets it."""

    id: int
    at: datetime
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ProcessingResult:
    """What became of a workspace's hits."""

    processed: int = 0
    quarantined: int = 0
    dropped: int = 0


class NotStored(Exception):
    """The hit could not be written in time: it must not be acknowledged."""
