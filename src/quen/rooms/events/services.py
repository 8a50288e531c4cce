"""Verbs of the events room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from quen.core import schemas, sql
from quen.core.sql import Relation
from quen.rooms.events import registry
from quen.rooms.events.models import Event
from quen.rooms.events.types import NewEvent

_KNOWN: dict[str, set[str]] = {}
_PARTITION_LOCK = 7_306_002


def record(
    kind: str,
    *,
    contact_id: int,
    at: datetime,
    value: Any = None,
    ref: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Record one event."""
    record_many([NewEvent(kind, contact_id, at, value, ref, data)])


def record_many(events: Sequence[NewEvent]) -> None:
    """Record a handful of events in one statement."""
    if not events:
        return
    instants = [event.at for event in events]
    ensure_partitions(since=min(instants), until=max(instants))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_event (contact_id, at, kind, value, ref, data)"
            " SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::smallint[], %s::numeric[],"
            " %s::bigint[], %s::jsonb[])",
            [
                [event.contact_id for event in events],
                instants,
                [registry.get(event.kind).code for event in events],
                [event.value for event in events],
                [event.ref for event in events],
                [Jsonb(event.data) if event.data is not None else None for event in events],
            ],
        )


def record_relation(kind: str, people: Relation, *, at: datetime, data: dict[str, Any] | None = None) -> int:
    """Record the same event for everyone a Relation with the column ``contact_id`` names; give their number.

    A column ``ref`` of the Relation is kept with each event.
    """
    ensure_partitions(since=at, until=at)
    ref = "ref" if "ref" in people.columns else "NULL"
    statement = sql.compose(
        "INSERT INTO events_event (contact_id, at, kind, ref, data)"
        f" SELECT contact_id, %(at)s, %(kind)s, {ref}, %(data)s FROM {{people}} people",
        people=people,
        at=at,
        kind=registry.get(kind).code,
        data=Jsonb(data) if data is not None else None,
    )
    return sql.execute(statement)


def record_rows(rows: Relation) -> int:
    """Record the events a Relation gives: contact_id, at, kind (code), value, ref, data; give their number.

    The partitions of their months must exist (ensure_partitions).
    """
    return sql.execute(
        sql.compose(
            "INSERT INTO events_event (contact_id, at, kind, value, ref, data)"
            " SELECT contact_id, at, kind, value, ref, data FROM {rows} r",
            rows=rows,
        )
    )


def ensure_partitions(*, since: datetime, until: datetime) -> None:
    """Make the monthly partitions that hold the instants from ``since`` to ``until``, both included."""
    schema = schemas.current()
    known = _KNOWN.setdefault(schema, set())
    missing = [month for month in _months(since, until) if _name(month) not in known]
    if not missing:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PARTITION_LOCK])
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename LIKE 'events_event_%%'",
            [schema],
        )
        present = {name for (name,) in cursor.fetchall()}
        for month in missing:
            name = _name(month)
            if name in present:
                continue
            # Attaching takes a weaker lock than CREATE ... PARTITION OF, so readers and writers go on.
            cursor.execute(
                f"CREATE TABLE {name} (LIKE events_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            )
            cursor.execute(
                f"ALTER TABLE events_event ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)",
                [month, _next(month)],
            )
    names = {_name(month) for month in missing}
    transaction.on_commit(lambda: known.update(names))


def forget_partitions() -> None:
    """Look again which partitions exist: the database behind the connection is another one now."""
    _KNOWN.clear()


def ensure_months_ahead(*, now: datetime) -> None:
    """Make the partitions of this month and the next two."""
    ensure_partitions(since=now, until=now + timedelta(days=62))


def withdraw_event(*, at: datetime, event_id: int) -> None:
    """Take back one event that its author regrets, such as a note."""
    Event.objects.filter(at=at, id=event_id).delete()


def erase_events(people: Relation) -> int:
    """Erase the events of everyone a Relation with the column ``contact_id`` names."""
    return sql.execute(
        sql.compose(
            "DELETE FROM events_event WHERE contact_id IN (SELECT contact_id FROM {people} p)", people=people
        )
    )


def _months(since: datetime, until: datetime) -> Iterator[datetime]:
    month = since.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month <= until:
        yield month
        month = _next(month)


def _next(month: datetime) -> datetime:
    return (month + timedelta(days=32)).replace(day=1)


def _name(month: datetime) -> str:
    return f"events_event_{month:%Y_%m}"
