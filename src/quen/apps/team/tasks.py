"""Background tasks of the team app."""

from __future__ import annotations

from datetime import UTC, datetime

from quen.apps.team import services
from quen.core import jobs, schemas


@jobs.periodic("team.delete_expired", cron="20 18 * * *", queue=jobs.BULK)
def delete_expired(timestamp: int) -> None:
    """Delete old notifications and expired files in every workspace."""
    now = datetime.fromtimestamp(timestamp, UTC)
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.delete_old_notifications(now=now)
            services.delete_expired_files(now=now)
