"""Background tasks of the webhooks app."""

from __future__ import annotations

import math
from datetime import datetime

from quen.apps.webhooks import services
from quen.core import clock, jobs


@jobs.task("webhooks.send", queue=jobs.SENDING, priority=-10, tries=3)
def send() -> None:
    """Send what is due in the workspace."""
    _send()


@jobs.task("webhooks.send_soon", queue=jobs.SENDING, priority=-10, tries=3)
def send_soon() -> None:
    """Send what becomes due shortly. A job of its own, so that waiting for it keeps nothing else back."""
    _send()


@jobs.sweep("webhooks.sweep")
def sweep(now: datetime) -> None:
    """Enqueue the sender where messages are due whose job was lost, or that waited for longer than a job does."""
    if services.seconds_until_due(clock=lambda: now) is not None:
        jobs.enqueue_unique("webhooks.send")


@jobs.at_worker_start("webhooks.subscribe", each_workspace=True)
def subscribe(now: datetime) -> None:
    """Follow the events of kinds as this version of Quen declares them."""
    services.follow_events()


@jobs.task("webhooks.clear_deleted", queue=jobs.BULK)
def clear_deleted() -> None:
    """Delete what belongs to deleted endpoints."""
    services.clear_deleted()


@jobs.periodic("webhooks.delete_old", cron="40 18 * * *", queue=jobs.BULK, each_workspace=True)
def delete_old(now: datetime) -> None:
    """Delete the log after 30 days, and what a lost job left of deleted endpoints."""
    services.delete_old(now=now)
    services.clear_deleted()


def _send() -> None:
    with services.sending_slot() as free:
        has_more = services.send_due(clock=clock.now) if free else None
    if has_more is None:
        raise jobs.Retry(after_seconds=1)
    if has_more:
        jobs.enqueue_unique("webhooks.send")
        return
    seconds = services.seconds_until_due(clock=clock.now)
    if seconds is not None:
        jobs.enqueue_unique("webhooks.send_soon", after_seconds=max(math.ceil(seconds), 1))
