"""Words of the events room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event. ``code`` is stored and never reused; ``group`` filters timelines."""

    code: int
    key: str
    label: str | Promise
    #: sentence of the timeline with named placeholders from the event's data, such as "Ordered %(number)s"
    sentence: str | Promise
    icon: str
    group: str
    #: whether ``value`` is money of the workspace's currency
    has_value: bool = False


class NewEvent(NamedTuple):
    """One event to record. ``value``: money or a number of the kind; ``ref``: id of the row it is about."""

    kind: str
    contact_id: int
    at: datetime
    value: object = None
    ref: int | None = None
    data: dict[str, object] | None = None
