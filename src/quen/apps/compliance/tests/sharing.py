"""Two workspaces of one advertiser for tests."""

from __future__ import annotations

from typing import Any

from tests.cast import GOM_VIET, NOW, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.apps.accounts.models import Workspace
from quen.apps.advertisers import queries as advertisers
from quen.apps.advertisers import services as advertiser_services
from quen.apps.compliance import services
from quen.apps.events import services as events
from quen.core import schemas


def workspaces() -> tuple[Workspace, Workspace]:
    """Return Trà Sen and Gốm Việt."""
    return accounts.get_workspace(TRA_SEN), accounts.get_workspace(GOM_VIET)


def join(first: Workspace, *others: Workspace, now: Any = NOW) -> None:
    """Let workspaces join the advertiser of the first, and synchronise all of them."""
    link = advertiser_services.ensure_link(workspace=first, now=now)
    for other in others:
        request = advertiser_services.request_to_join(
            workspace=other, code=link.advertiser.code, requested_by="Chi", now=now
        )
        advertiser_services.decide_request(
            request_id=request.pk, first=first, accept=True, decided_by="An", now=now
        )
    synchronise(first, *others, first, *others, now=now)


def synchronise(*workspaces: Workspace, now: Any = NOW) -> None:
    """Do what the jobs of these workspaces would do, in this order."""
    for workspace in workspaces:
        with schemas.use(workspace.schema_name):
            events.drain(services.CONSUMER, now=now)
            services.synchronise_sharing(workspace=workspace, now=now)


def synchronise_all(now: Any = NOW) -> None:
    """Synchronise every workspace that shares, twice, so that everything has been passed on."""
    for _round in range(2):
        synchronise(*(link.workspace for link in advertisers.sharing_links()), now=now)
