"""The monthly partitions of the stream, made before the first event of their month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from quen.core import schemas

_known_partitions: dict[str, set[str]] = {}
_PARTITION_LOCK = 7_306_002


def ensure_partitions(*, since: datetime, until: datetime) -> None:
    """Make the monthly partitions that hold the instants from ``since`` to ``until``, both included."""
    schema = schemas.current()
    known = _known_partitions.setdefault(schema, set())
    missing = [month for month in _months(since, until) if _partition_name(month) not in known]
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
            name = _partition_name(month)
            if name in present:
                continue
            # Attaching takes a weaker lock than CREATE ... PARTITION OF, so readers and writers go on.
            cursor.execute(
                f"CREATE TABLE {name} (LIKE events_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            )
            cursor.execute(
                f"ALTER TABLE events_event ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)",
                [month, _next_month(month)],
            )
    names = {_partition_name(month) for month in missing}
    transaction.on_commit(lambda: known.update(names))


def clear_partition_cache() -> None:
    """Look again which partitions exist: the database behind the connection is another one now."""
    _known_partitions.clear()


def ensure_months_ahead(*, now: datetime) -> None:
    """Make the partitions of this month and the next two."""
    ensure_partitions(since=now, until=now + timedelta(days=62))


def _months(since: datetime, until: datetime) -> Iterator[datetime]:
    month = since.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month <= until:
        yield month
        month = _next_month(month)


def _next_month(month: datetime) -> datetime:
    return (month + timedelta(days=32)).replace(day=1)


def _partition_name(month: datetime) -> str:
    return f"events_event_{month:%Y_%m}"
