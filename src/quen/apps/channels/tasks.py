"""Background tasks."""

from __future__ import annotations

from datetime import datetime

from quen.apps.channels import services
from quen.core import jobs


@jobs.periodic(
    "channels.delete_old_sandbox_messages", cron="40 18 * * *", queue=jobs.BULK, each_workspace=True
)
def delete_old_sandbox_messages(now: datetime) -> None:
    """Delete old messages of the sandbox."""
    services.delete_old_sandbox_messages(now=now)
