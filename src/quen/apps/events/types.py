"""Types of the events app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from django.utils.functional import Promise

from quen.core.sql import Relation

#: how long a burst of events is collected before its consumers run
DRAIN_AFTER_SECONDS = 3
#: queue rows a consumer gets at once; a bulk marker comes alone
DRAIN_BATCH_SIZE = 5_000
#: a statement that records more events than this queues one bulk marker per kind instead of one row per event
BULK_THRESHOLD = 2_000
#: a change of more contacts than this without events queues one row that means any contact
ANY_CONTACT_THRESHOLD = 10_000


@dataclass(frozen=True, slots=True)
class EventGroup:
    """A group of event kinds.

    condition_group: key of the audience.ConditionGroup under which conditions on these events are offered.
    filterable: whether the timeline of a contact offers it as a filter.
    """

    key: str
    label: str | Promise
    icon: str
    order: int
    condition_group: str
    filterable: bool = True


class EventPhrases(NamedTuple):
    """What conditions on a kind say about people: “who ordered”, “who never ordered”, “who did not order”.

    did_not: is followed by a time or a value.  ever: replaces ``did`` where nothing follows.
    """

    did: str | Promise
    never: str | Promise
    did_not: str | Promise
    ever: str | Promise = ""


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event. ``code`` is stored and never reused; ``group`` is the key of an EventGroup."""

    code: int
    key: str
    label: str | Promise
    #: sentence of the timeline with named placeholders from the event's data, such as "Ordered %(number)s"
    sentence: str | Promise
    icon: str
    group: str
    #: whether ``value`` is money of the workspace's currency
    has_value: bool = False
    #: whether the shop or a program caused it, not the contact
    by_shop: bool = False
    #: condition group of this kind, where it differs from the one of its event group
    condition_group: str = ""
    #: for the sentences of conditions; without them the label is quoted
    phrases: EventPhrases | None = None
    #: "3 segment changes": what stands for several of them on the timeline, where such events are folded away
    summary: Callable[[int], str] | None = None


class NewEvent(NamedTuple):
    """One event to record. ``value``: money or a number of the kind; ``ref``: id of the row it is about."""

    kind: str
    contact_id: int
    at: datetime
    value: object = None
    ref: int | None = None
    data: dict[str, object] | None = None


class ConsumerHandler(Protocol):
    """Handles a batch of events, inside the transaction that deletes their queue rows."""

    def __call__(self, batch: Relation, /, *, now: datetime) -> None:
        """Handle the batch. An exception keeps it queued.

        batch: contact_id (NULL: any contact may have changed), kind (code), at, event_id (NULL: a change without an
        event), ref, data. It may be read several times.
        """


@dataclass(frozen=True, slots=True)
class Consumer:
    """Code that handles events after they are recorded.

    key: up to 40 letters, stored in the queue and never changed.  kinds: event kinds it receives in every workspace;
    a consumer whose kinds differ between workspaces sets them with services.subscribe.
    """

    key: str
    handle: ConsumerHandler
    kinds: tuple[str, ...] = ()
    drain_after_seconds: int = DRAIN_AFTER_SECONDS
