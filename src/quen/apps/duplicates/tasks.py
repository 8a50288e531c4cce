"""Background tasks of the duplicates app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.duplicates import services
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.core import clock, jobs


@jobs.task("duplicates.scan", queue=jobs.BULK)
def scan() -> None:
    """Compare contacts that changed with all others."""
    services.scan(clock=clock.now)


@jobs.periodic("duplicates.scan_due", cron="*/10 * * * *", queue=jobs.BULK, each_workspace=True)
def scan_due(_now: datetime) -> None:
    """Enqueue the comparison where a contact waits for it."""
    if services.is_due():
        jobs.enqueue_unique("duplicates.scan")


def _merge_failed(*, progress_id: int, reference: str) -> None:
    progress = team_queries.get_progress(progress_id)
    arguments = {"progress_id": progress_id}
    team.fail_progress(
        progress, reference=reference, job="duplicates.merge", arguments=arguments, now=clock.now()
    )


@jobs.task("duplicates.merge", queue=jobs.BULK, failed=_merge_failed)
def merge(*, progress_id: int) -> None:
    """Merge the pairs of one act."""
    services.run_merge_job(progress_id=progress_id, clock=clock.now)
