"""Words of the events room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from django.utils.functional import Promise

from quen.core.sql import Relation


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
    #: what the shop or a machine did to the person: no act of theirs
    by_shop: bool = False


class NewEvent(NamedTuple):
    """One event to record. ``value``: money or a number of the kind; ``ref``: id of the row it is about."""

    kind: str
    contact_id: int
    at: datetime
    value: object = None
    ref: int | None = None
    data: dict[str, object] | None = None


#: how long news gather before a consumer is woken: the one place that says it
DRAIN_AFTER_SECONDS = 3
#: pending rows a consumer takes at once; a marker is taken alone
DRAIN_BATCH_SIZE = 5_000
#: a statement of more events than this writes one marker instead of pending rows
BULK_THRESHOLD = 10_000


class ConsumerHandler(Protocol):
    """Acts on a batch of news, inside the transaction that takes it."""

    def __call__(self, batch: Relation, /, *, now: datetime) -> None:
        """Act.

        batch: contact_id (NULL: anybody may have changed), kind (code), at, event_id (NULL: a change without an
        event), ref, data. Stable: may be asked several times.
        """


@dataclass(frozen=True, slots=True)
class Consumer:
    """Somebody who acts on events. ``key``: up to 40 letters, its own for ever."""

    key: str
    handle: ConsumerHandler
    drain_after_seconds: int = DRAIN_AFTER_SECONDS
