"""Background tasks of the compliance app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.advertisers import queries as advertisers
from quen.apps.compliance import queries, services
from quen.core import clock, jobs


@jobs.periodic("compliance.erase_old_unsubscribes", cron="50 18 * * *", queue=jobs.BULK, each_workspace=True)
def erase_old_unsubscribes(now: datetime) -> None:
    """Erase the addresses of unsubscribes past their retention period."""
    services.erase_old_unsubscribes(now=now)


@jobs.task("compliance.synchronise_sharing")
def synchronise_sharing() -> None:
    """Share with the advertiser's other workspaces what was recorded here, and copy what was recorded there."""
    services.synchronise_sharing(workspace=queries.this_workspace(), now=clock.now())


@jobs.task("compliance.announce_sharing")
def announce_sharing(*, kind: str, shop: str) -> None:
    """Write to this workspace's log what another shop of the company did, and notify the owners."""
    services.announce_sharing(kind=kind, name=shop, now=clock.now())


@jobs.periodic("compliance.sweep_sharing", cron="* * * * *")
def sweep_sharing(now: datetime) -> None:
    """Synchronise every workspace that shares: finds what lost its job."""
    services.enqueue_synchronisation([link.workspace for link in advertisers.sharing_links()])


@jobs.at_worker_start("compliance.sweep_sharing")
def sweep_sharing_at_start(now: datetime) -> None:
    """Synchronise at once what was left over when the last worker ended."""
    sweep_sharing(now)


@jobs.periodic("compliance.record_all_refusals", cron="35 18 * * *", queue=jobs.BULK, each_workspace=True)
def record_all_refusals(now: datetime) -> None:
    """Compare all contacts with what was recorded for other workspaces; does nothing where nothing is shared."""
    services.record_all_refusals(now=now)
