"""Job doors of the ingest room."""

from datetime import UTC, datetime

from quen.apps.ingest import services
from quen.core import clock, jobs


@jobs.task("ingest.process")
def process(*, workspace_id: int) -> None:
    """Act on all that waits for a workspace."""
    services.process(workspace_id=workspace_id, now=clock.now())


@jobs.periodic("ingest.sweep", cron="* * * * *")
def sweep(timestamp: int) -> None:
    """Take back what was spilled; hint what waits, should a hint have been lost."""
    services.replay_spool()
    services.enqueue_pending()


@jobs.periodic("ingest.delete_expired", cron="40 18 * * *")
def delete_expired(timestamp: int) -> None:
    """Delete what nobody understood."""
    services.delete_expired(now=datetime.fromtimestamp(timestamp, UTC))
