"""Words and shapes of the ingest room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class NewHit(NamedTuple):
    """Something told from outside, to be kept as it came.

    body: JSON.  external_id: the sender's own id; a second hit with it is not kept.
    """

    workspace_id: int
    endpoint: str
    at: datetime
    body: Mapping[str, Any]
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A hit as the room that understands it gets it."""

    id: int
    at: datetime
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Understood:
    """What became of a workspace's hits."""

    understood: int = 0
    set_aside: int = 0
    dropped: int = 0


class NotKept(Exception):
    """The hit could not be written in time: it must not be acknowledged."""
