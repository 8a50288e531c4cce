"""Background tasks of the events app."""

from __future__ import annotations

import logging
from datetime import datetime

from quen.apps.events import services
from quen.core import clock, jobs, pauses

log = logging.getLogger(__name__)


@jobs.task("events.drain")
def drain(*, consumer: str) -> None:
    """Drain the queue of a consumer. An exception of its handler is logged; the sweep tries its rows again."""
    try:
        services.drain(consumer, now=clock.now())
    except pauses.GiveWay:
        raise
    except Exception:
        log.exception("The consumer %s failed", consumer)


@jobs.at_worker_start("events.subscribe", each_workspace=True)
def subscribe(now: datetime) -> None:
    """Subscribe the consumers in workspaces that an older version of Quen created."""
    services.subscribe_consumers()


@jobs.sweep("events.sweep")
def sweep(now: datetime) -> None:
    """Enqueue drains for rows whose job was lost."""
    for consumer in services.pending_consumers():
        jobs.enqueue_unique("events.drain", consumer=consumer)


@jobs.periodic("events.make_partitions", cron="10 17 * * *", each_workspace=True)
def make_partitions(now: datetime) -> None:
    """Create the partitions of the months ahead, shortly after midnight in Việt Nam."""
    services.ensure_months_ahead(now=now)
