"""Background tasks of the data_requests app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.data_requests import services
from quen.core import jobs


@jobs.periodic("data_requests.remind", cron="5 * * * *", queue=jobs.BULK, each_workspace=True)
def remind(now: datetime) -> None:
    """Remind of requests that are due soon or overdue."""
    services.remind(now=now)
