"""Background tasks of the events app."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from quen.apps.events import services
from quen.core import clock, jobs, schemas

log = logging.getLogger(__name__)


@jobs.task("events.drain")
def drain(*, consumer: str) -> None:
    """Drain the queue of a consumer. An exception of its handler is logged; the sweep tries its rows again."""
    try:
        services.drain(consumer, now=clock.now())
    except Exception:
        log.exception("The consumer %s failed", consumer)


@jobs.periodic("events.sweep", cron="* * * * *")
def sweep(timestamp: int) -> None:
    """Enqueue drains for rows whose job was lost, in every workspace."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            for consumer in services.pending_consumers():
                jobs.enqueue_unique("events.drain", consumer=consumer)


@jobs.periodic("events.make_partitions", cron="10 17 * * *")
def make_partitions(timestamp: int) -> None:
    """Create the partitions of the months ahead in every workspace, shortly after midnight in Việt Nam."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.ensure_months_ahead(now=datetime.fromtimestamp(timestamp, UTC))
