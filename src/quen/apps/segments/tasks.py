"""Job doors of the segments room."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from quen.apps.segments import services
from quen.core import clock, jobs, schemas

log = logging.getLogger(__name__)


@jobs.task("segments.count", queue=jobs.BULK)
def count(*, segment_id: int) -> None:
    """Count a new or changed segment."""
    services.count_segment(segment_id, now=clock.now())


@jobs.task("segments.recount_windows", queue=jobs.BULK)
def recount_windows() -> None:
    """Recount what moves with the days: the workspace has another time zone."""
    services.recount_windows(now=clock.now())


@jobs.task("segments.settle_day", queue=jobs.BULK)
def settle_day() -> None:
    """Count what waits for it, then what moved with the day."""
    services.count_waiting(now=clock.now())
    services.settle_day(now=clock.now())


@jobs.periodic("segments.settle_days", cron="*/10 * * * *", queue=jobs.BULK)
def settle_days(timestamp: int) -> None:
    """Look in every workspace for segments to count: a new local day, or a count whose job was lost."""
    now = datetime.fromtimestamp(timestamp, UTC)
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            if services.any_due(now=now):
                jobs.hint("segments.settle_day")
