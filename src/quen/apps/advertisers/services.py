"""Services of the advertisers app. All of them write to the shared schema, in transactions of its own."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import F, Q

from quen.apps.advertisers import queries
from quen.apps.advertisers.models import (
    Advertiser,
    AdvertiserWorkspace,
    JoinRequest,
    TakenPlace,
)
from quen.apps.advertisers.types import (
    AdvertiserRefusal,
    AlreadySharing,
    MessagePlace,
    NothingShared,
    OwnCode,
    RequestGone,
    RequestPending,
    SentMessage,
    TooManyCodes,
    UnknownCode,
)
from quen.core import schemas, sql
from quen.core.database.base import PUBLIC
from quen.core.locks import AdvisoryLock
from quen.core.ratelimit import RateLimit
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

REQUEST_DAYS: Final = 7
#: a place is taken when the message is claimed, which is up to some minutes before it is sent
_WINDOW: Final = timedelta(hours=24, minutes=10)
_KEEP_PLACES: Final = timedelta(days=2)
_KEEP_REQUESTS: Final = timedelta(days=30)
_CODE_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
#: refusals of one version; a page of queries.refusals_after holds several
_VERSION_SIZE: Final = 5_000
_PLACES: Final = AdvisoryLock("advertisers.places")
_CODE_ATTEMPTS: Final = RateLimit("advertisers.code", "10/hour")


# Workspaces of an advertiser


def ensure_link(*, workspace: Workspace, now: datetime) -> AdvertiserWorkspace:
    """Return the link of a workspace to its advertiser; a new advertiser of its own if it has none."""
    link = queries.find_link(workspace)
    if link is not None:
        return link
    with schemas.use(PUBLIC), transaction.atomic():
        advertiser = Advertiser.objects.create(code=_new_code(), created_at=now)
        link, created = AdvertiserWorkspace.objects.get_or_create(
            workspace=workspace, defaults={"advertiser": advertiser, "joined_at": now}
        )
        if not created:
            advertiser.delete()
    return link


def renew_code(*, advertiser: Advertiser) -> None:
    """Replace the code by a new one; the former is worth nothing from now on."""
    with schemas.use(PUBLIC):
        Advertiser.objects.filter(pk=advertiser.pk).update(code=_new_code())


def count_code_attempt(*, workspace: Workspace) -> None:
    """Count one more code entered in a workspace. Raises TooManyCodes. Call it outside a transaction."""
    if not _CODE_ATTEMPTS.allows(str(workspace.pk)):
        raise TooManyCodes()


def request_to_join(*, workspace: Workspace, code: str, requested_by: str, now: datetime) -> JoinRequest:
    """Ask for joining the advertiser with this code. It changes nothing until the first workspace's owner accepts.

    Raises UnknownCode, OwnCode, AlreadySharing, RequestPending.
    """
    with schemas.use(PUBLIC), transaction.atomic():
        advertiser = Advertiser.objects.filter(code=_as_code(code)).first()
        if advertiser is None or queries.first_link(advertiser) is None:
            raise UnknownCode()
        link = queries.find_link(workspace)
        if link is not None and link.advertiser_id == advertiser.pk:
            raise OwnCode()
        if link is not None and (link.leaving_at or len(queries.links_of(link.advertiser)) > 1):
            raise AlreadySharing()
        JoinRequest.objects.filter(workspace=workspace, decided_at=None, expires_at__lte=now).update(
            decided_at=F("expires_at")
        )
        request, created = JoinRequest.objects.get_or_create(
            workspace=workspace,
            decided_at=None,
            defaults={
                "advertiser": advertiser,
                "requested_by": requested_by,
                "created_at": now,
                "expires_at": now + timedelta(days=REQUEST_DAYS),
            },
        )
        if not created:
            raise RequestPending()
    return request


def withdraw_request(*, workspace: Workspace, withdrawn_by: str, now: datetime) -> JoinRequest:
    """Withdraw the open request of a workspace and return it. Raises RequestGone."""
    with schemas.use(PUBLIC), transaction.atomic():
        open_ = JoinRequest.objects.select_for_update(of=("self",)).filter(
            workspace=workspace, decided_at=None
        )
        request = open_.select_related("advertiser").first()
        if request is None:
            raise RequestGone()
        request.decided_at, request.decided_by = now, withdrawn_by
        request.save(update_fields=["decided_at", "decided_by"])
    return request


def decide_request(
    *, request_id: int, first: Workspace, accept: bool, decided_by: str, now: datetime
) -> JoinRequest:
    """Accept or decline a request on behalf of the advertiser's first workspace, and return it.

    Raises RequestGone, also when ``first`` is not the first workspace of the advertiser asked; AlreadySharing.
    """
    with schemas.use(PUBLIC), transaction.atomic():
        open_ = JoinRequest.objects.select_for_update(of=("self",)).filter(
            pk=request_id, decided_at=None, expires_at__gt=now
        )
        request = open_.select_related("advertiser", "workspace").first()
        link = queries.first_link(request.advertiser) if request is not None else None
        if request is None or link is None or link.workspace_id != first.pk:
            raise RequestGone()
        request.decided_at, request.decided_by, request.is_accepted = now, decided_by, accept
        request.save(update_fields=["decided_at", "decided_by", "is_accepted"])
        if accept:
            _join(request, now)
    return request


def _join(request: JoinRequest, now: datetime) -> None:
    own = AdvertiserWorkspace.objects.filter(workspace=request.workspace).select_related("advertiser").first()
    if own is not None:
        if own.leaving_at or len(queries.links_of(own.advertiser)) > 1:
            raise AlreadySharing()
        own.advertiser.delete()
    AdvertiserWorkspace.objects.create(
        workspace=request.workspace, advertiser=request.advertiser, joined_at=now
    )


def leave(*, workspace: Workspace, now: datetime) -> None:
    """Take a workspace out of its advertiser; refusals copied already stay where they are. Raises NothingShared."""
    with schemas.use(PUBLIC):
        left = AdvertiserWorkspace.objects.filter(workspace=workspace, leaving_at=None).update(leaving_at=now)
    if not left:
        raise NothingShared()


def finish_leaving(*, workspace: Workspace) -> None:
    """Delete the link of a workspace that has stopped sharing, and an advertiser without any workspace."""
    with schemas.use(PUBLIC), transaction.atomic():
        AdvertiserWorkspace.objects.filter(workspace=workspace, leaving_at__isnull=False).delete()
        Advertiser.objects.filter(links=None).delete()


def set_ready(*, workspace: Workspace, ready_at: datetime | None) -> None:
    """Note when everything a workspace has to share had been copied; None to have it copied again."""
    with schemas.use(PUBLIC):
        AdvertiserWorkspace.objects.filter(workspace=workspace).update(ready_at=ready_at)


# Refusals


def share_refusals(*, advertiser_id: int, workspace_id: int, refusals: Sequence[AdvertiserRefusal]) -> None:
    """Store refusals of a workspace for the others of its advertiser. Repeating it changes nothing for them."""
    for start in range(0, len(refusals), _VERSION_SIZE):
        chunk = refusals[start : start + _VERSION_SIZE]
        with schemas.use(PUBLIC), transaction.atomic():
            # The row is locked until the commit, so versions are committed in order and no reader misses one.
            Advertiser.objects.filter(pk=advertiser_id).update(refusal_version=F("refusal_version") + 1)
            version = Advertiser.objects.values_list("refusal_version", flat=True).get(pk=advertiser_id)
            sql.execute(
                Relation(
                    sql.text("advertisers/share_refusals"),
                    {
                        "advertiser": advertiser_id,
                        "workspace": workspace_id,
                        "version": version,
                        "channels": [each.channel for each in chunk],
                        "hashes": [each.address_hash for each in chunk],
                        "instants": [each.at for each in chunk],
                        "undone": [each.is_undone for each in chunk],
                    },
                )
            )


# The limit of 24 hours


def take_places(
    *,
    advertiser_id: int,
    workspace_id: int,
    channel: str,
    messages: Sequence[MessagePlace],
    cap: int,
    now: datetime,
) -> set[int]:
    """Take a place for each message whose address has one left, and return the ids of these messages.

    Committed when it returns, before the messages are claimed: a crash in between wastes places, and never exceeds the
    cap. A message that has a place keeps it. Call it outside a transaction.
    """
    with schemas.use(PUBLIC), transaction.atomic():
        _PLACES.acquire(advertiser_id, channel)
        taken = sql.rows(
            Relation(
                sql.text("advertisers/take_places"),
                {
                    "advertiser": advertiser_id,
                    "workspace": workspace_id,
                    "channel": channel,
                    "message_ids": [each.message_id for each in messages],
                    "hashes": [each.address_hash for each in messages],
                    "cap": cap,
                    "since": now - _WINDOW,
                    "now": now,
                },
            )
        )
    return {message_id for (message_id,) in taken}


def release_places(*, workspace_id: int, advertiser_id: int, messages: Sequence[MessagePlace]) -> None:
    """Give back the places of messages that were not sent after all."""
    with schemas.use(PUBLIC):
        TakenPlace.objects.filter(
            advertiser_id=advertiser_id,
            address_hash__in=[each.address_hash for each in messages],
            workspace_id=workspace_id,
            message_id__in=[each.message_id for each in messages],
        ).delete()


def record_sent(*, advertiser_id: int, workspace_id: int, messages: Collection[SentMessage]) -> int:
    """Count messages sent before the workspace shared its counters. Return how many are new."""
    with schemas.use(PUBLIC):
        return sql.execute(
            Relation(
                sql.text("advertisers/record_sent"),
                {
                    "advertiser": advertiser_id,
                    "workspace": workspace_id,
                    "message_ids": [each.message_id for each in messages],
                    "channels": [each.channel for each in messages],
                    "hashes": [each.address_hash for each in messages],
                    "instants": [each.at for each in messages],
                },
            )
        )


def delete_expired(*, now: datetime) -> None:
    """Delete places older than two days, requests that ended 30 days ago, and advertisers without any workspace."""
    with schemas.use(PUBLIC):
        TakenPlace.objects.filter(at__lt=now - _KEEP_PLACES).delete()
        ended = now - _KEEP_REQUESTS
        JoinRequest.objects.filter(Q(decided_at__lt=ended) | Q(expires_at__lt=ended)).delete()
        Advertiser.objects.filter(links=None).delete()


def _new_code() -> str:
    letters = [secrets.choice(_CODE_LETTERS) for _ in range(12)]
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def _as_code(text: str) -> str:
    letters = [letter for letter in text.upper() if letter.isalnum()]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, len(letters), 4))
