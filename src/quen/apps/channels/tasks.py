"""Background tasks."""

from __future__ import annotations

from datetime import UTC, datetime

from quen.apps.channels import services
from quen.core import jobs, schemas


@jobs.periodic("channels.delete_old_sandbox_messages", cron="40 18 * * *", queue=jobs.BULK)
def delete_old_sandbox_messages(timestamp: int) -> None:
    """Delete old messages of every workspace's sandbox."""
    now = datetime.fromtimestamp(timestamp, UTC)
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.delete_old_sandbox_messages(now=now)
