"""Background tasks of the tasks app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.tasks import services
from quen.core import jobs


@jobs.sweep("tasks.sweep")
def sweep(now: datetime) -> None:
    """Send the reminders that are due, also those that became due while no worker ran."""
    services.send_reminders(now=now)
