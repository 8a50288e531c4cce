"""Job doors of the team room."""

from __future__ import annotations

from datetime import UTC, datetime

from quen.apps.team import services
from quen.core import jobs, schemas


@jobs.periodic("team.forget_old", cron="20 18 * * *", queue=jobs.BULK)
def forget_old(timestamp: int) -> None:
    """Erase old notices and expired files in every workspace."""
    now = datetime.fromtimestamp(timestamp, UTC)
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.forget_old_notices(now=now)
            services.drop_expired_files(now=now)
