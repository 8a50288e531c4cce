"""Registered consumers read their queue in order: a batch is handled and deleted in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from quen.apps.events import registry
from quen.apps.events.types import DRAIN_BATCH_SIZE, Consumer
from quen.core import jobs, pauses, schemas, sql
from quen.core.locks import AdvisoryLock
from quen.core.sql import Relation

_COLUMNS = ("contact_id", "kind", "at", "event_id", "ref", "data")
_JOB = "events.drain"
_DRAIN = AdvisoryLock(_JOB)
#: how long a drain may take, and how far the clocks of two machines may lie apart
_CLOCK_TOLERANCE = timedelta(hours=1)


def subscribe(consumer: str, kinds: Collection[str]) -> bool:
    """Set the event kinds a consumer receives in this workspace. Return whether the set changed.

    After the commit every event recorded later is queued for the consumer, and every event recorded earlier is
    committed, so a count made after that includes it. A changed set takes an ACCESS EXCLUSIVE lock on
    events_subscription, which waits for all writers in flight (each holds the table it reads) and blocks new ones;
    an unchanged set takes no lock. Call it outside a transaction that has recorded events. Unknown kinds are ignored.
    """
    codes = {found.code for kind in kinds if (found := registry.find(kind)) is not None}
    if _subscribed_kinds(consumer) == codes:
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE events_subscription IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            "DELETE FROM events_subscription WHERE consumer = %s AND NOT kind = ANY(%s::smallint[])",
            [consumer, sorted(codes)],
        )
        cursor.execute(
            "INSERT INTO events_subscription (consumer, kind)"
            " SELECT %s, unnest(%s::smallint[]) ON CONFLICT DO NOTHING",
            [consumer, sorted(codes)],
        )
    return True


def subscribe_consumers() -> None:
    """Subscribe the registered consumers with fixed kinds in the current workspace."""
    for consumer in registry.consumers():
        if consumer.kinds:
            subscribe(consumer.key, consumer.kinds)


def drain(consumer: str, *, now: datetime, wait: bool = False) -> int:
    """Handle everything queued for a consumer, batch after batch. Return how many rows were handled.

    Takes an advisory lock per workspace and consumer; returns 0 when another drain holds it. wait: waits for the other
    drain instead, so that everything committed before the call has been handled when it returns. An exception of the
    handler rolls its batch back and propagates; the rows stay queued. The handler's ``now`` is never earlier than the
    events it gets: they may be younger than this drain, and "within N days until now" must include them.
    """
    registered = registry.find_consumer(consumer)
    handled = 0
    while registered is not None:
        with transaction.atomic():
            batch = _next_batch(registered, wait=wait)
            if not batch:
                break
            registered.handle(_load(batch), now=_batch_now(batch, now))
            ids = [row[0] for row in batch]
            sql.execute(Relation("DELETE FROM events_consumerqueue WHERE id = ANY(%(ids)s)", {"ids": ids}))
        handled += len(batch)
        pauses.give_way()
    return handled


def schedule_drain(consumers: Iterable[str]) -> None:
    """Enqueue the drain of these consumers, shortly after the current transaction commits."""
    for key in consumers:
        consumer = registry.find_consumer(key)
        if consumer is not None and not _is_drain_scheduled(key):
            transaction.on_commit(_EnqueueDrain(key, consumer.drain_after_seconds), robust=True)


def pending_consumers() -> list[str]:
    """Return the keys of the consumers with queued rows in this workspace, in one statement."""
    statement = Relation(
        "SELECT key FROM unnest(%(keys)s::text[]) AS key"
        " WHERE EXISTS (SELECT 1 FROM events_consumerqueue WHERE consumer = key)",
        {"keys": [consumer.key for consumer in registry.consumers()]},
    )
    return [key for (key,) in sql.rows(statement)]


class _EnqueueDrain:
    """Enqueues the drain job in a transaction of its own, so that no writer waits for another writer's commit."""

    def __init__(self, consumer: str, after_seconds: int) -> None:
        self.consumer, self.after_seconds, self.schema = consumer, after_seconds, schemas.current()

    def __call__(self) -> None:
        """Enqueue the job, unless one is queued already."""
        with schemas.use(self.schema):
            jobs.enqueue_unique(_JOB, after_seconds=self.after_seconds, consumer=self.consumer)


def _is_drain_scheduled(consumer: str) -> bool:
    schema = schemas.current()
    return any(
        isinstance(callback, _EnqueueDrain) and (callback.consumer, callback.schema) == (consumer, schema)
        for callback in (entry[1] for entry in connection.run_on_commit)
    )


def _subscribed_kinds(consumer: str) -> set[int]:
    return {
        kind
        for (kind,) in sql.rows(
            Relation(
                "SELECT kind FROM events_subscription WHERE consumer = %(consumer)s", {"consumer": consumer}
            )
        )
    }


def _next_batch(consumer: Consumer, *, wait: bool) -> Sequence[tuple[Any, ...]]:
    """Return id, kind, bulk_id, at, until of the next rows: one bulk marker, or the rows before the next one."""
    if wait:
        _DRAIN.acquire(consumer.key)
    elif not _DRAIN.try_acquire(consumer.key):
        return []
    rows = sql.rows(
        Relation(
            "SELECT id, kind, bulk_id, at, until FROM events_consumerqueue WHERE consumer = %(consumer)s"
            " ORDER BY id LIMIT %(limit)s",
            {"consumer": consumer.key, "limit": DRAIN_BATCH_SIZE},
        )
    )
    bulk_marker = next((index for index, row in enumerate(rows) if row[2] is not None), len(rows))
    return rows[: max(bulk_marker, 1)]


def _batch_now(batch: Sequence[tuple[Any, ...]], now: datetime) -> datetime:
    """Return the instant of the latest event, or now. An event hours ahead was dated by hand, so it does not count."""
    later: list[datetime] = [
        at for row in batch for at in row[3:5] if at is not None and at <= now + _CLOCK_TOLERANCE
    ]
    return max([now, *later])


def _load(batch: Sequence[tuple[Any, ...]]) -> Relation:
    _id, kind, bulk_id, since, until = batch[0]
    if bulk_id is not None:
        return Relation(
            "SELECT contact_id, kind, at, id AS event_id, ref, data FROM events_event"
            " WHERE kind = %(kind)s AND at >= %(since)s AND at <= %(until)s AND bulk_id = %(bulk_id)s",
            {"kind": kind, "since": since, "until": until, "bulk_id": bulk_id},
            _COLUMNS,
        )
    # The bounds let the planner skip the months without events of this batch.
    instants = [row[3] for row in batch]
    return Relation(
        "SELECT q.contact_id, q.kind, q.at, q.event_id, e.ref, coalesce(e.data, q.data) AS data"
        " FROM events_consumerqueue q LEFT JOIN events_event e"
        " ON e.at = q.at AND e.id = q.event_id AND e.at >= %(since)s AND e.at <= %(until)s"
        " WHERE q.id = ANY(%(ids)s)",
        {"ids": [row[0] for row in batch], "since": min(instants), "until": max(instants)},
        _COLUMNS,
    )
