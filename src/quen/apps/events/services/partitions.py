"""The monthly partitions of the event table, created before the first event of their month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from quen.core import schemas
from quen.core.locks import AdvisoryLock

_known_partitions: dict[str, set[str]] = {}
_PARTITIONS = AdvisoryLock("events.partitions")


def ensure_partitions(*, since: datetime, until: datetime) -> None:
    """Create the missing monthly partitions from ``since`` to ``until``, both included.

    Takes an advisory lock until the end of the transaction, so that two processes do not create the same one.
    """
    schema = schemas.current()
    known = _known_partitions.setdefault(schema, set())
    missing = [month for month in _months(since, until) if _partition_name(month) not in known]
    if not missing:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        _PARTITIONS.acquire()
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename LIKE 'events_event_%%'",
            [schema],
        )
        present = {name for (name,) in cursor.fetchall()}
        for month in missing:
            name = _partition_name(month)
            if name in present:
                continue
            # Attaching takes a weaker lock than CREATE ... PARTITION OF, so readers and writers are not blocked.
            cursor.execute(
                f"CREATE TABLE {name} (LIKE events_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            )
            cursor.execute(
                f"ALTER TABLE events_event ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)",
                [month, _next_month(month)],
            )
    names = {_partition_name(month) for month in missing}
    transaction.on_commit(lambda: known.update(names))


def partition_months() -> list[str]:
    """Return the months that have a partition, as "2026-10", in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename LIKE 'events\\_event\\_%%'"
            " ORDER BY tablename",
            [schemas.current()],
        )
        return [name.removeprefix("events_event_").replace("_", "-") for (name,) in cursor.fetchall()]


def clear_partition_cache() -> None:
    """Clear the cache of existing partitions, because the connection now leads to another database."""
    _known_partitions.clear()


def ensure_months_ahead(*, now: datetime) -> None:
    """Create the partitions of this month and the next two."""
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
