"""Background tasks of groups."""

from __future__ import annotations

from datetime import datetime

from quen.apps.groups import services
from quen.core import jobs


@jobs.task("groups.clear_deleted", queue=jobs.BULK)
def clear_deleted() -> None:
    """Remove the members of deleted groups."""
    services.clear_deleted()


@jobs.periodic("groups.tidy", cron="50 18 * * *", queue=jobs.BULK, each_workspace=True)
def tidy(now: datetime) -> None:
    """Remove members of deleted groups whose job was lost, and what can't be undone any more."""
    services.clear_deleted()
    services.forget_changes(now=now)
