"""Background tasks of the compliance app."""

from __future__ import annotations

from datetime import UTC, datetime

from quen.apps.compliance import services
from quen.core import jobs, schemas


@jobs.periodic("compliance.erase_old_unsubscribes", cron="50 18 * * *", queue=jobs.BULK)
def erase_old_unsubscribes(timestamp: int) -> None:
    """Erase the addresses of unsubscribes past their retention period, in every workspace."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.erase_old_unsubscribes(now=datetime.fromtimestamp(timestamp, UTC))
