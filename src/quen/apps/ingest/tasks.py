"""Background tasks."""

from datetime import datetime

from quen.apps.ingest import services
from quen.core import clock, jobs


@jobs.task("ingest.process")
def process(*, workspace_id: int) -> None:
    """Process the raw events of a workspace."""
    services.process(workspace_id=workspace_id, now=clock.now())


@jobs.periodic("ingest.sweep", cron="* * * * *")
def sweep(now: datetime) -> None:
    """Replay the spool file; enqueue jobs for raw events that have none."""
    services.replay_spool()
    services.enqueue_pending()


@jobs.periodic("ingest.delete_expired", cron="40 18 * * *")
def delete_expired(now: datetime) -> None:
    """Delete raw events that could not be processed within 30 days."""
    services.delete_expired(now=now)
