"""Job doors of the events room."""

from __future__ import annotations

from datetime import UTC, datetime

from quen.core import clock, jobs, schemas
from quen.rooms.events import services


@jobs.task("events.drain")
def drain(*, consumer: str) -> None:
    """Let a consumer take what waits for it. A handler that fails fails this job; the sweep tries again."""
    services.drain(consumer, now=clock.now())


@jobs.periodic("events.sweep", cron="* * * * *")
def sweep(timestamp: int) -> None:
    """Find news whose job was lost, in every workspace."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            for consumer in services.waiting_consumers():
                jobs.hint("events.drain", consumer=consumer)


@jobs.periodic("events.make_partitions", cron="10 17 * * *")
def make_partitions(timestamp: int) -> None:
    """Make the months ahead in every workspace, a little after midnight in Việt Nam."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.ensure_months_ahead(now=datetime.fromtimestamp(timestamp, UTC))
