"""The queue of a dispatch: ranges of message ids that shrink from the front."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import transaction
from django.db.models import Max, Min

from quen.apps.delivery.models import Dispatch, InFlightBatch, Message, QueueRange
from quen.apps.delivery.services.counters import add_counters
from quen.apps.delivery.types import MessageState
from quen.core import sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.delivery.services.loading import LoadedBatch, LoadedMessage

#: ids spanned by a range of scattered messages, at most
_RANGE_SIZE: Final = 1_000
_RANGES_PER_READ: Final = 50


class QueueReader:
    """Reads the queued messages of a dispatch in order. Messages requeued behind the position come after a rewind."""

    def __init__(self) -> None:
        self._position: dict[int, int] = {}

    def rewind(self, dispatch_id: int) -> bool:
        """Start from the beginning again; False when the position is there already."""
        return bool(self._position.pop(dispatch_id, 0))

    def read(
        self, dispatch: Dispatch, limit: int
    ) -> tuple[list[LoadedMessage], list[int], tuple[int, int] | None]:
        """Return the next messages, the ranges that end with them, and (range id, next id) of the range that does not.

        Ranges without queued messages are deleted on the way: whoever requeues a message adds a range for it.
        """
        found: list[LoadedMessage] = []
        finished: list[int] = []
        while True:
            since = self._position.get(dispatch.pk, 0)
            remaining = QueueRange.objects.filter(dispatch_id=dispatch.pk, last_id__gte=since).order_by(
                "first_id", "id"
            )
            ranges = list(remaining[:_RANGES_PER_READ])
            empty = []
            for queue_range in ranges:
                missing = limit - len(found)
                messages = _queued(
                    dispatch.pk, max(queue_range.first_id, since), queue_range.last_id, missing
                )
                found += messages
                if len(messages) == missing:
                    self._position[dispatch.pk] = messages[-1].id + 1
                    return found, finished, (queue_range.pk, messages[-1].id + 1)
                if messages or queue_range.first_id < since:
                    finished.append(queue_range.pk)
                else:
                    empty.append(queue_range.pk)
                self._position[dispatch.pk] = since = max(since, queue_range.last_id + 1)
            QueueRange.objects.filter(pk__in=empty).delete()
            if found or not ranges:
                return found, finished, None


class _QueuedRow(NamedTuple):
    id: int
    contact_id: int
    address: str
    language: str
    attempt: int
    tries: int
    allocated_values: dict[str, object] | None


def _queued(dispatch_id: int, first: int, last: int, limit: int) -> list[LoadedMessage]:
    # OFFSET 0 keeps the conditions apart: the range is read in order, whatever is known of a table just filled.
    # Otherwise all messages of the dispatch may be read and sorted each time.
    statement = Relation(
        "SELECT id, contact_id, address, language, attempt, tries, allocated_values::text"
        " FROM (SELECT * FROM delivery_message WHERE id BETWEEN %(first)s AND %(last)s ORDER BY id OFFSET 0) m"
        " WHERE dispatch_id = %(dispatch)s AND state = %(queued)s ORDER BY id LIMIT %(limit)s",
        {
            "first": first,
            "last": last,
            "dispatch": dispatch_id,
            "queued": int(MessageState.QUEUED),
            "limit": limit,
        },
    )
    return [
        _QueuedRow._make((*row, json.loads(values) if values else None))
        for *row, values in sql.rows(statement)
    ]


def advance(batch: LoadedBatch) -> None:
    """Remove a sent batch from the ranges."""
    if batch.finished_range_ids:
        QueueRange.objects.filter(pk__in=batch.finished_range_ids).delete()
    if batch.partial_range is not None:
        range_id, first = batch.partial_range
        QueueRange.objects.filter(pk=range_id, first_id__lt=first).update(first_id=first)


@transaction.atomic
def requeue_due(dispatch: Dispatch, *, now: datetime) -> int:
    """Requeue deferred messages whose retry is due; return how many."""
    # The dispatch is always locked first, see batches.
    Dispatch.objects.select_for_update(no_key=True).filter(pk=dispatch.pk).first()
    due = sql.rows(
        Relation(
            "UPDATE delivery_message SET state = %(queued)s, due_at = NULL"
            " WHERE dispatch_id = %(dispatch)s AND due_at <= %(now)s AND state = %(deferred)s RETURNING id",
            {
                "dispatch": dispatch.pk,
                "now": now,
                "queued": MessageState.QUEUED,
                "deferred": MessageState.DEFERRED,
            },
        )
    )
    enqueue_ranges(dispatch.pk, [message_id for (message_id,) in due])
    add_counters({dispatch.pk: {"deferred": -len(due), "queued": len(due)}})
    return len(due)


def has_due(dispatch: Dispatch, *, now: datetime) -> bool:
    """Return whether a deferred message is due for its retry."""
    return Message.objects.filter(
        dispatch_id=dispatch.pk, due_at__lte=now, state=MessageState.DEFERRED
    ).exists()


def enqueue_range(dispatch_id: int, message_ids: Collection[int]) -> None:
    """Add one range that spans these ids of queued messages."""
    if message_ids:
        QueueRange.objects.create(
            dispatch_id=dispatch_id, first_id=min(message_ids), last_id=max(message_ids)
        )


def enqueue_ranges(dispatch_id: int, message_ids: Sequence[int]) -> None:
    """Add ranges for queued messages that are scattered over the table."""
    ranges: dict[int, list[int]] = {}
    for message_id in sorted(message_ids):
        ranges.setdefault(message_id // _RANGE_SIZE, []).append(message_id)
    QueueRange.objects.bulk_create(
        QueueRange(dispatch_id=dispatch_id, first_id=ids[0], last_id=ids[-1]) for ids in ranges.values()
    )


def rebuild_queue(dispatch: Dispatch) -> bool:
    """Add a range for queued messages that no range covers, and return whether there were any."""
    if (
        QueueRange.objects.filter(dispatch_id=dispatch.pk).exists()
        or InFlightBatch.objects.filter(dispatch_id=dispatch.pk).exists()
    ):
        return False
    lost = Message.objects.filter(dispatch_id=dispatch.pk, state=MessageState.QUEUED)
    span = lost.aggregate(first=Min("pk"), last=Max("pk"))
    if span["first"] is None:
        return False
    QueueRange.objects.create(dispatch_id=dispatch.pk, first_id=span["first"], last_id=span["last"])
    return True
