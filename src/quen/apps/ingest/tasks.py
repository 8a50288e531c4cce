"""Job doors of the ingest room."""

from datetime import UTC, datetime

from quen.apps.ingest import services
from quen.core import clock, jobs


@jobs.task("ingest.understand")
def understand(*, workspace_id: int) -> None:
    """Act on all that waits for a workspace."""
    services.understand(workspace_id=workspace_id, now=clock.now())


@jobs.periodic("ingest.sweep", cron="* * * * *")
def sweep(timestamp: int) -> None:
    """Take back what was spilled; hint what waits, should a hint have been lost."""
    services.take_back_spilled()
    services.hint_what_waits()


@jobs.periodic("ingest.forget", cron="40 18 * * *")
def forget(timestamp: int) -> None:
    """Delete what nobody understood."""
    services.forget_old_hits(now=datetime.fromtimestamp(timestamp, UTC))
