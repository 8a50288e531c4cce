"""Background tasks."""

from datetime import UTC, datetime

from quen.apps.delivery import services
from quen.core import clock, jobs, schemas


@jobs.task("delivery.fan_out", queue=jobs.BULK)
def fan_out(*, dispatch_id: int) -> None:
    """Create the messages of a dispatch."""
    services.fan_out(dispatch_id=dispatch_id, clock=clock.now)


@jobs.task("delivery.send_bulk", queue=jobs.BULK)
def send_bulk(*, connection_id: int) -> None:
    """Send the queued bulk messages of a connection."""
    services.run_and_reschedule(connection_id=connection_id, priority="bulk", clock=clock.now)


@jobs.task("delivery.send_transactional", queue=jobs.INTERACTIVE)
def send_transactional(*, connection_id: int) -> None:
    """Send the queued transactional messages of a connection."""
    services.run_and_reschedule(connection_id=connection_id, priority="transactional", clock=clock.now)


@jobs.task("delivery.cancel_remaining", queue=jobs.INTERACTIVE)
def cancel_remaining(*, dispatch_id: int) -> None:
    """Cancel the queued messages of a cancelled dispatch."""
    services.cancel_remaining(dispatch_id=dispatch_id, now=clock.now())


@jobs.periodic("delivery.sweep", cron="* * * * *")
def sweep(timestamp: int) -> None:
    """Enqueue jobs for every dispatch that lost its job or has messages due."""
    _sweep_all_workspaces(datetime.fromtimestamp(timestamp, UTC))


@jobs.at_worker_start
def sweep_at_start() -> None:
    """Resume immediately what a worker that died has left."""
    _sweep_all_workspaces(clock.now())


def _sweep_all_workspaces(now: datetime) -> None:
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.wake_all(now=now)


@jobs.task("delivery.send_unsubscribe_confirmation")
def send_unsubscribe_confirmation(*, unsubscribe_id: int) -> None:
    """Confirm an unsubscribe to the contact."""
    services.send_unsubscribe_confirmation(unsubscribe_id=unsubscribe_id, now=clock.now())
