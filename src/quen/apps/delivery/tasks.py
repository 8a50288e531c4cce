"""Background tasks."""

from datetime import datetime

from quen.apps.delivery import services
from quen.core import clock, jobs


def _fan_out_failed(*, dispatch_id: int, reference: str) -> None:
    services.record_failed_fan_out(dispatch_id=dispatch_id, reference=reference, now=clock.now())


def _sending_failed(*, connection_id: int, reference: str) -> None:
    services.record_failed_sending(connection_id=connection_id, reference=reference, now=clock.now())


@jobs.task("delivery.fan_out", queue=jobs.BULK, failed=_fan_out_failed)
def fan_out(*, dispatch_id: int) -> None:
    """Create the messages of a dispatch."""
    services.fan_out(dispatch_id=dispatch_id, clock=clock.now)


@jobs.task("delivery.send_bulk", queue=jobs.SENDING, failed=_sending_failed, tries=3)
def send_bulk(*, connection_id: int) -> None:
    """Send the queued bulk messages of a connection."""
    services.run_and_reschedule(connection_id=connection_id, priority="bulk", clock=clock.now)


@jobs.task("delivery.send_transactional", queue=jobs.SENDING, priority=10, tries=3)
def send_transactional(*, connection_id: int) -> None:
    """Send the queued transactional messages of a connection."""
    services.run_and_reschedule(connection_id=connection_id, priority="transactional", clock=clock.now)


@jobs.task("delivery.cancel_remaining", queue=jobs.INTERACTIVE)
def cancel_remaining(*, dispatch_id: int) -> None:
    """Cancel the queued messages of a cancelled dispatch."""
    services.cancel_remaining(dispatch_id=dispatch_id, now=clock.now())


@jobs.sweep("delivery.sweep")
def sweep(now: datetime) -> None:
    """Enqueue jobs for dispatches that lost their job or have messages due; match receipts that came too early."""
    services.wake_all(now=now)
    services.match_receipts(now=now)


@jobs.task("delivery.send_unsubscribe_confirmation")
def send_unsubscribe_confirmation(*, unsubscribe_id: int) -> None:
    """Confirm an unsubscribe to the contact."""
    services.send_unsubscribe_confirmation(unsubscribe_id=unsubscribe_id, now=clock.now())
