"""Background tasks of the api app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.api import services
from quen.core import jobs


@jobs.periodic("api.delete_old", cron="50 18 * * *", queue=jobs.BULK, each_workspace=True)
def delete_old(now: datetime) -> None:
    """Delete old entries of the log of calls, and answers that nobody asks for any more."""
    services.delete_old_calls(now=now)
    services.delete_old_answers(now=now)
