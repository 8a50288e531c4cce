"""Background tasks of campaigns."""

from __future__ import annotations

from datetime import UTC, datetime

from quen.apps.campaigns import queries, services
from quen.core import clock, jobs, schemas


@jobs.task("campaigns.start", queue=jobs.BULK)
def start(*, campaign_id: int) -> None:
    """Create the dispatch of a started campaign."""
    services.start(campaign_id=campaign_id, now=clock.now())


@jobs.task("campaigns.check_links", queue=jobs.BULK)
def check_links(*, campaign_id: int) -> None:
    """Check the links of a draft."""
    services.check_links(campaign=queries.get_campaign(campaign_id), now=clock.now())


@jobs.task("campaigns.sync_with_dispatch")
def sync_with_dispatch(*, dispatch_id: int) -> None:
    """Set a campaign's state from its dispatch."""
    services.sync_with_dispatch(dispatch_id=dispatch_id, now=clock.now())


@jobs.periodic("campaigns.sweep", cron="* * * * *")
def sweep(timestamp: int) -> None:
    """Start due campaigns in every workspace."""
    _everywhere(datetime.fromtimestamp(timestamp, UTC))


@jobs.at_worker_start
def sweep_at_once() -> None:
    """Start campaigns that became due while no worker ran."""
    _everywhere(clock.now())


@jobs.periodic("campaigns.purge_deleted", cron="50 18 * * *", queue=jobs.BULK)
def purge_deleted(timestamp: int) -> None:
    """Remove campaigns deleted 30 days ago."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.purge_deleted(now=datetime.fromtimestamp(timestamp, UTC))


def _everywhere(now: datetime) -> None:
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.sweep(now=now)
