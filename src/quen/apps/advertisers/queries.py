"""Reads of the advertisers app."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from django.db.models import Count, Q

from quen.apps.advertisers.models import Advertiser, AdvertiserWorkspace, JoinRequest, SharedRefusal
from quen.apps.advertisers.types import AdvertiserRefusal, RefusalPage
from quen.core import crypto, schemas
from quen.core.database.base import PUBLIC

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

#: refusals read at once; larger than any one version, see services.share_refusals
_PAGE: Final = 20_000


@cache
def hash_key(token: str) -> bytes:
    """Return the key of an advertiser's hashes."""
    return crypto.derive_key(f"advertisers.{token}")


def find_link(workspace: Workspace) -> AdvertiserWorkspace | None:
    """Return the link of a workspace to its advertiser, also while it is leaving."""
    with schemas.use(PUBLIC):
        return AdvertiserWorkspace.objects.select_related("advertiser").filter(workspace=workspace).first()


def links_of(advertiser: Advertiser) -> list[AdvertiserWorkspace]:
    """Return the workspaces of an advertiser, the first one first, without those that are leaving."""
    with schemas.use(PUBLIC):
        found = AdvertiserWorkspace.objects.filter(advertiser=advertiser, leaving_at=None)
        return list(found.select_related("workspace"))


def first_link(advertiser: Advertiser) -> AdvertiserWorkspace | None:
    """Return the workspace that decides who joins."""
    return next(iter(links_of(advertiser)), None)


def sharing_links() -> list[AdvertiserWorkspace]:
    """Return the links of workspaces that share with another one or are leaving."""
    with schemas.use(PUBLIC):
        shared = (
            Advertiser.objects.annotate(size=Count("links", filter=Q(links__leaving_at=None)))
            .filter(size__gt=1)
            .values_list("pk", flat=True)
        )
        found = AdvertiserWorkspace.objects.filter(
            Q(advertiser__in=list(shared)) | Q(leaving_at__isnull=False)
        )
        return list(found.select_related("workspace"))


def open_request_of(workspace: Workspace, *, now: datetime) -> JoinRequest | None:
    """Return the request of a workspace that waits for an answer."""
    with schemas.use(PUBLIC):
        return JoinRequest.objects.filter(workspace=workspace, decided_at=None, expires_at__gt=now).first()


def open_requests_to(advertiser: Advertiser, *, now: datetime) -> list[JoinRequest]:
    """Return the requests to join an advertiser that wait for an answer, oldest first."""
    with schemas.use(PUBLIC):
        found = JoinRequest.objects.filter(advertiser=advertiser, decided_at=None, expires_at__gt=now)
        return list(found.select_related("workspace").order_by("created_at", "id"))


def refusals_after(version: int, *, advertiser_id: int, workspace_id: int, page: int = _PAGE) -> RefusalPage:
    """Return the refusals recorded in the advertiser's other workspaces after a version."""
    with schemas.use(PUBLIC):
        found = SharedRefusal.objects.filter(advertiser_id=advertiser_id, version__gt=version)
        rows = list(found.exclude(workspace_id=workspace_id).order_by("version", "id")[: page + 1])
    has_more = len(rows) > page
    if has_more:
        # The last version may be incomplete.
        rows = [row for row in rows if row.version < rows[-1].version]
    refusals = [
        AdvertiserRefusal(row.channel, bytes(row.address_hash), row.at, row.is_undone) for row in rows
    ]
    return RefusalPage(refusals, rows[-1].version if rows else version, has_more)


def standing_among(
    undone: Collection[AdvertiserRefusal], *, advertiser_id: int, workspace_id: int
) -> set[tuple[str, bytes]]:
    """Return channel and hash of undone refusals that another workspace's refusal of the same address outlasts."""
    if not undone:
        return set()
    with schemas.use(PUBLIC):
        found = SharedRefusal.objects.filter(
            advertiser_id=advertiser_id,
            address_hash__in=[each.address_hash for each in undone],
            is_undone=False,
        )
        rows = found.exclude(workspace_id=workspace_id).values_list("channel", "address_hash")
        return {(channel, bytes(address_hash)) for channel, address_hash in rows}
