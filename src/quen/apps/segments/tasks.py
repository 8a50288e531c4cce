"""Background tasks of segments."""

from __future__ import annotations

import logging
from datetime import datetime

from quen.apps.segments import services
from quen.core import clock, jobs

log = logging.getLogger(__name__)


def _compute_failed(*, segment_id: int, reference: str) -> None:
    services.record_failed_computation(segment_id, reference=reference)


@jobs.task("segments.compute", queue=jobs.BULK, failed=_compute_failed)
def compute(*, segment_id: int) -> None:
    """Compute a new or changed segment."""
    services.compute_segment(segment_id, now=clock.now())


@jobs.task("segments.recompute_all_windowed", queue=jobs.BULK)
def recompute_all_windowed() -> None:
    """Recompute segments with time windows after a change of the workspace's time zone."""
    services.recompute_all_windowed(now=clock.now())


@jobs.task("segments.recompute_windowed", queue=jobs.BULK)
def recompute_windowed() -> None:
    """Compute pending segments, then those with time windows."""
    services.compute_pending(now=clock.now())
    services.recompute_windowed(now=clock.now())


@jobs.periodic("segments.recompute_due", cron="*/10 * * * *", queue=jobs.BULK, each_workspace=True)
def recompute_due(now: datetime) -> None:
    """Enqueue the computation of segments that are due: a new local day has begun, or a job was lost."""
    if services.any_due(now=now):
        jobs.enqueue_unique("segments.recompute_windowed")
