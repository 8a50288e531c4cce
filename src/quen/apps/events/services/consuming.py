"""Consumers take what waits for them: in order, each once, a batch and its deletion in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from quen.apps.events import registry
from quen.apps.events.types import DRAIN_BATCH, Consumer
from quen.core import jobs, schemas, sql
from quen.core.sql import Relation

_COLUMNS = ("contact_id", "kind", "at", "event_id", "ref", "data")
_JOB = "events.drain"
#: how long a drain may take, and how far the clocks of two machines may lie apart
_YOUNGER = timedelta(hours=1)


def declare_interest(consumer: str, kinds: Collection[str]) -> bool:
    """Say which kinds of events a consumer waits for in this workspace; say whether that was new.

    Once it is committed, every event recorded later waits for the consumer, and every event recorded before is
    committed, too: whoever counts after that sees it. To that end a new set takes events_interest for itself, which
    waits for all writers in flight (they hold it while they read it) and makes new ones wait; an old set takes
    nothing. Call it outside a transaction that has recorded events. Unknown kinds are left out.
    """
    wanted = {found.code for kind in kinds if (found := registry.find(kind)) is not None}
    if _interest(consumer) == wanted:
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE events_interest IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            "DELETE FROM events_interest WHERE consumer = %s AND NOT kind = ANY(%s::smallint[])",
            [consumer, sorted(wanted)],
        )
        cursor.execute(
            "INSERT INTO events_interest (consumer, kind) SELECT %s, unnest(%s::smallint[]) ON CONFLICT DO NOTHING",
            [consumer, sorted(wanted)],
        )
    return True


def drain(consumer: str, *, now: datetime) -> int:
    """Let a consumer take everything that waits for it, batch after batch; give how many rows were taken.

    One drainer a workspace and consumer: where another is at work nothing is taken. What the handler raises undoes
    its batch and flies; the rows stay and are taken again later. A handler's ``now`` never lies before the news it is
    given: they may be younger than the drain that takes them, and "within N days until now" must see them.
    """
    known = registry.find_consumer(consumer)
    taken = 0
    while known is not None:
        with transaction.atomic():
            batch = _next_batch(known)
            if not batch:
                break
            known.handle(_news(batch), now=_moment(batch, now))
            ids = [row[0] for row in batch]
            sql.execute(Relation("DELETE FROM events_pending WHERE id = ANY(%(ids)s)", {"ids": ids}))
        taken += len(batch)
    return taken


def drain_soon(consumers: Iterable[str]) -> None:
    """Wake consumers a little after the present transaction is committed."""
    for key in consumers:
        consumer = registry.find_consumer(key)
        if consumer is not None and not _is_hinted(key):
            transaction.on_commit(_Hint(key, consumer.drain_after_seconds), robust=True)


def waiting_consumers() -> list[str]:
    """Name the consumers for whom something waits in this workspace, by one statement."""
    statement = Relation(
        "SELECT key FROM unnest(%(keys)s::text[]) AS key"
        " WHERE EXISTS (SELECT FROM events_pending WHERE consumer = key)",
        {"keys": [consumer.key for consumer in registry.consumers()]},
    )
    return [key for (key,) in sql.rows(statement)]


class _Hint:
    """Queues the job that drains: in a transaction of its own, so that no writer waits for another's commit."""

    def __init__(self, consumer: str, after_seconds: int) -> None:
        self.consumer, self.after_seconds, self.schema = consumer, after_seconds, schemas.current()

    def __call__(self) -> None:
        """Queue it, unless one waits."""
        with schemas.use(self.schema):
            jobs.hint(_JOB, after_seconds=self.after_seconds, consumer=self.consumer)


def _is_hinted(consumer: str) -> bool:
    schema = schemas.current()
    return any(
        isinstance(hint, _Hint) and (hint.consumer, hint.schema) == (consumer, schema)
        for hint in (entry[1] for entry in connection.run_on_commit)
    )


def _interest(consumer: str) -> set[int]:
    return {
        kind
        for (kind,) in sql.rows(
            Relation("SELECT kind FROM events_interest WHERE consumer = %(consumer)s", {"consumer": consumer})
        )
    }


def _next_batch(consumer: Consumer) -> Sequence[tuple[Any, ...]]:
    """Give id, kind, batch, at, until of the next rows: a marker alone, or what stands before the next marker."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{schemas.current()}:{_JOB}:{consumer.key}"],
        )
        if not cursor.fetchone()[0]:
            return []
    found = sql.rows(
        Relation(
            "SELECT id, kind, batch, at, until FROM events_pending WHERE consumer = %(consumer)s"
            " ORDER BY id LIMIT %(most)s",
            {"consumer": consumer.key, "most": DRAIN_BATCH},
        )
    )
    marker = next((place for place, row in enumerate(found) if row[2] is not None), len(found))
    return found[: max(marker, 1)]


def _moment(batch: Sequence[tuple[Any, ...]], now: datetime) -> datetime:
    """Give the instant of the latest news, or now. What lies hours ahead was dated by somebody, not just recorded."""
    ahead: list[datetime] = [
        at for row in batch for at in row[3:5] if at is not None and at <= now + _YOUNGER
    ]
    return max([now, *ahead])


def _news(batch: Sequence[tuple[Any, ...]]) -> Relation:
    _number, kind, marker, since, until = batch[0]
    if marker is not None:
        return Relation(
            "SELECT contact_id, kind, at, id AS event_id, ref, data FROM events_event"
            " WHERE kind = %(kind)s AND at >= %(since)s AND at <= %(until)s AND batch = %(batch)s",
            {"kind": kind, "since": since, "until": until, "batch": marker},
            _COLUMNS,
        )
    # The bounds let the planner leave out the months in which nothing happened.
    instants = [row[3] for row in batch]
    return Relation(
        "SELECT p.contact_id, p.kind, p.at, p.event_id, e.ref, coalesce(e.data, p.data) AS data"
        " FROM events_pending p LEFT JOIN events_event e"
        " ON e.at = p.at AND e.id = p.event_id AND e.at >= %(since)s AND e.at <= %(until)s"
        " WHERE p.id = ANY(%(ids)s)",
        {"ids": [row[0] for row in batch], "since": min(instants), "until": max(instants)},
        _COLUMNS,
    )
