"""Job doors of the events room."""

from datetime import UTC, datetime

from quen.core import jobs, schemas
from quen.rooms.events import services


@jobs.periodic("events.make_partitions", cron="10 17 * * *")
def make_partitions(timestamp: int) -> None:
    """Make the months ahead in every workspace, a little after midnight in Việt Nam."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.ensure_months_ahead(now=datetime.fromtimestamp(timestamp, UTC))
