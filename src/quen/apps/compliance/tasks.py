"""Job doors of the compliance room."""

from __future__ import annotations

from datetime import UTC, datetime

from quen.apps.compliance import services
from quen.core import jobs, schemas


@jobs.periodic("compliance.forget_old_refusals", cron="50 18 * * *", queue=jobs.BULK)
def erase_old_unsubscribes(timestamp: int) -> None:
    """Take the addresses out of refusals that need be proved no longer, in every workspace."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.erase_old_unsubscribes(now=datetime.fromtimestamp(timestamp, UTC))
