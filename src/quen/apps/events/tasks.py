"""Background tasks of the events app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.events import services
from quen.core import clock, jobs


@jobs.task("events.drain")
def drain(*, consumer: str) -> None:
    """Drain the queue of a consumer. When its handler fails, the job has failed; the sweep tries the rows again."""
    try:
        services.drain(consumer, now=clock.now())
    except Exception as error:
        error.add_note(f"The consumer {consumer} was handling events.")
        raise


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
