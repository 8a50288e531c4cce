"""Owners decide with which shops of their company a workspace shares refusals and the limit of 24 hours (R-58).

Each step is written to the audit log of both workspaces; in the other one by a job that is
enqueued with the decision.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.advertisers import queries as advertisers
from quen.apps.advertisers import services as advertiser_services
from quen.apps.compliance.services.sharing import enqueue_synchronisation
from quen.apps.compliance.types import OwnersOnly
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import Role
from quen.core import jobs, schemas
from quen.core.actors import SYSTEM, Actor
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.advertisers.models import Advertiser, AdvertiserWorkspace

ANNOUNCE = "compliance.announce_sharing"
#: where notifications lead
_PAGE = "/sending/company/"


def show_code(*, workspace: Workspace, renew: bool, actor: Actor, now: datetime) -> AdvertiserWorkspace:
    """Create the code that owners of other shops enter, or replace it. Raises OwnersOnly.

    Only the company's first shop has one: raises NotFound in another.
    """
    ensure_owner(actor)
    link = advertiser_services.ensure_link(workspace=workspace, now=now)
    first = advertisers.first_link(link.advertiser)
    if first is None or first.workspace_id != workspace.pk:
        raise NotFound()
    if renew:
        advertiser_services.renew_code(advertiser=link.advertiser)
        team.audit(actor, "compliance.company_code_renewed", now=now)
    return link


def ask_to_join(*, workspace: Workspace, code: str, actor: Actor, now: datetime) -> None:
    """Ask the owners of the shop with this code for sharing; nothing is shared until they accept.

    Raises OwnersOnly, TooManyCodes, UnknownCode, OwnCode, AlreadySharing, RequestPending.
    """
    ensure_owner(actor)
    advertiser_services.count_code_attempt(workspace=workspace)
    with transaction.atomic():
        request = advertiser_services.request_to_join(
            workspace=workspace, code=code, requested_by=actor.name, now=now
        )
        _announce_to_first(request.advertiser, "compliance.join_received", workspace.name)
        team.audit(actor, "compliance.join_asked", now=now)


def withdraw_request(*, workspace: Workspace, actor: Actor, now: datetime) -> None:
    """Withdraw the request of a workspace. Raises OwnersOnly, RequestGone."""
    ensure_owner(actor)
    with transaction.atomic():
        request = advertiser_services.withdraw_request(workspace=workspace, withdrawn_by=actor.name, now=now)
        _announce_to_first(request.advertiser, "compliance.join_was_withdrawn", workspace.name)
        team.audit(actor, "compliance.join_withdrawn", now=now)


def answer_request(
    *, workspace: Workspace, request_id: int, accept: bool, actor: Actor, now: datetime
) -> None:
    """Accept or decline a request on behalf of the company's first shop. Raises OwnersOnly, RequestGone."""
    ensure_owner(actor)
    with transaction.atomic():
        request = advertiser_services.decide_request(
            request_id=request_id, first=workspace, accept=accept, decided_by=actor.name, now=now
        )
        answer = "accepted" if accept else "declined"
        _announce(request.workspace, f"compliance.join_was_{answer}", workspace.name)
        team.audit(actor, f"compliance.join_{answer}", now=now, data={"name": request.workspace.name})
    if accept:
        enqueue_synchronisation([link.workspace for link in advertisers.links_of(request.advertiser)])


def leave_company(*, workspace: Workspace, actor: Actor, now: datetime) -> None:
    """Stop sharing; refusals copied before stay on both sides. Raises OwnersOnly, NothingShared."""
    ensure_owner(actor)
    link = advertisers.find_link(workspace)
    with transaction.atomic():
        advertiser_services.leave(workspace=workspace, now=now)
        if link is not None:
            _announce_to_first(link.advertiser, "compliance.company_member_left", workspace.name)
        team.audit(actor, "compliance.company_left", now=now)
    enqueue_synchronisation([workspace])


@transaction.atomic
def announce_sharing(*, kind: str, name: str, now: datetime) -> None:
    """Write to this workspace's log what the other shop did, and notify the owners."""
    team.audit(SYSTEM, kind, now=now, data={"name": name})
    for owner in team_queries.members().filter(role=Role.OWNER):
        team.notify(owner, kind, now=now, path=_PAGE, data={"name": name})


def _announce_to_first(advertiser: Advertiser, kind: str, name: str) -> None:
    first = advertisers.first_link(advertiser)
    if first is not None:
        _announce(first.workspace, kind, name)


def _announce(workspace: Workspace, kind: str, name: str) -> None:
    with schemas.use(workspace.schema_name):
        jobs.enqueue(ANNOUNCE, kind=kind, shop=name)


def ensure_owner(actor: Actor) -> None:
    """Raise OwnersOnly, with the names of owners, when somebody else acts."""
    if not team_queries.is_owner(actor):
        owners = team_queries.members().filter(role=Role.OWNER).values_list("name", flat=True)[:3]
        raise OwnersOnly(who=", ".join(owners))
