"""Background tasks of the signup app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.signup import services
from quen.core import clock, jobs


@jobs.task("signup.send_confirmations")
def send_confirmations() -> None:
    """Send the mails that ask to confirm, as far as the limits allow."""
    services.send_confirmations(now=clock.now())


@jobs.sweep("signup.send_due_confirmations")
def send_due_confirmations(now: datetime) -> None:
    """Send mails that waited for the end of an hour, or lost their job."""
    services.send_confirmations(now=now)


@jobs.periodic("signup.delete_old", cron="40 3 * * *", queue=jobs.BULK, each_workspace=True)
def delete_old(now: datetime) -> None:
    """Delete spam, half-filled forms and calls of nobody past their time."""
    services.delete_old(now=now)
