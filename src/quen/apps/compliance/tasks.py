"""Background tasks of the compliance app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.compliance import services
from quen.core import jobs


@jobs.periodic("compliance.erase_old_unsubscribes", cron="50 18 * * *", queue=jobs.BULK, each_workspace=True)
def erase_old_unsubscribes(now: datetime) -> None:
    """Erase the addresses of unsubscribes past their retention period."""
    services.erase_old_unsubscribes(now=now)
