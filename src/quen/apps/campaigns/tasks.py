"""Background tasks of campaigns."""

from __future__ import annotations

from datetime import datetime

from quen.apps.campaigns import queries, services
from quen.core import clock, jobs


def _start_failed(*, campaign_id: int, reference: str) -> None:
    services.record_failed_start(campaign_id=campaign_id, reference=reference, now=clock.now())


@jobs.task("campaigns.start", queue=jobs.BULK, failed=_start_failed)
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


@jobs.sweep("campaigns.sweep")
def sweep(now: datetime) -> None:
    """Start due campaigns, also those that became due while no worker ran."""
    services.sweep(now=now)


@jobs.periodic("campaigns.purge_deleted", cron="50 18 * * *", queue=jobs.BULK, each_workspace=True)
def purge_deleted(now: datetime) -> None:
    """Remove campaigns deleted 30 days ago."""
    services.purge_deleted(now=now)
