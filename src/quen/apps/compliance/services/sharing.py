"""What workspaces of one advertiser share: refusals, and the limit of 24 hours (R-58).

Nothing joins two schemas: rows are read in one, and written to the other by their values. Every step may be repeated.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from quen.apps.advertisers import queries as advertisers
from quen.apps.advertisers import services as advertiser_services
from quen.apps.advertisers.types import AdvertiserRefusal, MessagePlace, SentMessage
from quen.apps.compliance import queries, registry
from quen.apps.compliance.models import AdvertiserLink, RecordedRefusal, Suppression
from quen.apps.compliance.rules.shared_hash import shared_hash
from quen.apps.compliance.types import LinkedAdvertiser, SuppressionCause, TakenPlaces
from quen.apps.contacts import queries as contact_queries
from quen.apps.events import services as events
from quen.core import jobs, schemas, sql
from quen.core.keyed_hash import paddings
from quen.core.locks import AdvisoryLock
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

SYNCHRONISE: Final = "compliance.synchronise_sharing"
#: consumer of the events after which a contact may have refused or agreed
CONSUMER: Final = "compliance.refusals"
_KINDS: Final = (
    "contact_created",
    "contact_imported",
    "contact_changed",
    "contact_restored",
    "status_changed",
    "consent_changed",
    "unsubscribed",
    "resubscribed",
)
#: causes of suppressions that are refusals of advertising
_REFUSALS: Final = (SuppressionCause.OPT_OUT.value, SuppressionCause.COMPLAINT.value)
_BATCH: Final = 20_000
_RECENT: Final = timedelta(hours=25)
_LOCK: Final = AdvisoryLock(SYNCHRONISE)


def synchronise_sharing(*, workspace: Workspace, now: datetime) -> None:
    """Start or stop sharing as decided, share what was recorded here and copy what was recorded elsewhere.

    Call it in the workspace's schema, outside a transaction. One at a time per workspace; safe to repeat.
    """
    with _LOCK.session(wait=True):
        link, active = advertisers.find_link(workspace), active_link()
        is_member = link is not None and link.leaving_at is None
        if active is not None and not (link is not None and is_member and _is_same(link, active)):
            _stop(active, now)
            active = None
        if link is None or not is_member:
            advertiser_services.finish_leaving(workspace=workspace)
            return
        if active is None:
            if len(advertisers.links_of(link.advertiser)) < 2:
                return
            active = _start(link.advertiser_id, link.advertiser.token, now)
        events.subscribe(CONSUMER, _KINDS)
        if link.ready_at is None:
            _count_recent_messages(active, workspace.pk, now)
            record_all_refusals(now=now)
            advertiser_services.set_ready(workspace=workspace, ready_at=now)
        _share_recorded(active, workspace.pk)
        _copy_refusals(active, workspace.pk)


def _is_same(link: Any, active: AdvertiserLink) -> bool:
    return bool(link.advertiser_id == active.advertiser_id)


def active_link() -> AdvertiserLink | None:
    """Return the advertiser this workspace shares with now."""
    return AdvertiserLink.objects.filter(ended_at=None).first()


@transaction.atomic
def _start(advertiser_id: int, token: str, now: datetime) -> AdvertiserLink:
    # Batches claimed before this are committed, and every later one sees the link and takes places.
    registry.block_claims()
    link, _created = AdvertiserLink.objects.update_or_create(
        advertiser_id=advertiser_id,
        defaults={"token": token, "started_at": now, "ended_at": None, "copied_version": 0},
    )
    return link


def _stop(link: AdvertiserLink, now: datetime) -> None:
    events.subscribe(CONSUMER, ())
    with transaction.atomic():
        AdvertiserLink.objects.filter(pk=link.pk).update(ended_at=now)
        RecordedRefusal.objects.all().delete()


def restart_after_restore(*, now: datetime) -> None:
    """Have everything of a restored workspace copied again, or stop sharing if it belongs to no advertiser here."""
    workspace = queries.this_workspace()
    advertiser_services.set_ready(workspace=workspace, ready_at=None)
    link, active = advertisers.find_link(workspace), active_link()
    if active is not None and (link is None or not _is_same(link, active)):
        _stop(active, now)


# Refusals


def record_refusals(contacts: Relation, *, now: datetime) -> bool:
    """Record for other workspaces what these contacts refuse now, and drop the records of those who agreed again.

    In the transaction of the refusal. Does nothing, and returns False, when this workspace shares with nobody.
    """
    link = active_link()
    if link is None:
        return False
    outer, inner = paddings(advertisers.hash_key(link.token))
    for policy in registry.policies():
        if policy.address is None:
            continue
        for statement in ("record_refusals", "forget_refusals"):
            values: dict[str, Any] = {
                "contacts": contacts,
                "channel_status": contact_queries.channel_status(policy.channel),
                "channel": policy.channel,
                "by_status": policy.needs_subscribed_status,
                "causes": list(_REFUSALS),
                "outer": outer,
                "inner": inner,
            } | ({"now": now} if statement == "record_refusals" else {})
            sql.execute(sql.compose(sql.text(f"compliance/{statement}"), **values))
    _synchronise_after_commit()
    return True


def record_all_refusals(*, now: datetime) -> bool:
    """Record what any contact refuses now; like ``record_refusals``."""
    return record_refusals(_everybody(), now=now)


def record_undone(addresses: Collection[tuple[str, str]]) -> None:
    """Record that the person took back their refusal of these channels and addresses, so that copies are removed."""
    link = active_link()
    if link is None:
        return
    key = advertisers.hash_key(link.token)
    for channel, address in addresses:
        RecordedRefusal.objects.filter(
            channel=channel, address_hash=shared_hash(key, channel, address)
        ).update(is_undone=True, is_shared=False)
    _synchronise_after_commit()


def consume_refusals(batch: Relation, /, *, now: datetime) -> None:
    """Record the refusals of contacts whose events these are."""
    counted = sql.compose("SELECT count(*) FROM {batch} b WHERE contact_id IS NULL", batch=batch)
    if sql.rows(counted)[0][0]:
        record_all_refusals(now=now)
        return
    changed = sql.compose("SELECT DISTINCT contact_id FROM {batch} b", batch=batch)
    record_refusals(Relation(changed.text, changed.params, ("contact_id",)), now=now)


def _everybody() -> Relation:
    status = contact_queries.channel_status("email")
    everybody = sql.compose("SELECT contact_id FROM {status} s", status=status)
    return Relation(everybody.text, everybody.params, ("contact_id",))


def _synchronise_after_commit() -> None:
    transaction.on_commit(partial(_enqueue, schemas.current()), robust=True)


def _enqueue(schema: str) -> None:
    with schemas.use(schema):
        jobs.enqueue_unique(SYNCHRONISE)


def _share_recorded(link: AdvertiserLink, workspace_id: int) -> None:
    while recorded := list(RecordedRefusal.objects.filter(is_shared=False).order_by("id")[:_BATCH]):
        advertiser_services.share_refusals(
            advertiser_id=link.advertiser_id,
            workspace_id=workspace_id,
            refusals=[
                AdvertiserRefusal(each.channel, bytes(each.address_hash), each.at, each.is_undone)
                for each in recorded
            ],
        )
        for is_undone in (False, True):
            ids = [each.pk for each in recorded if each.is_undone == is_undone]
            # One that changed in between is shared once more.
            shared = RecordedRefusal.objects.filter(pk__in=ids, is_undone=is_undone)
            if is_undone:
                shared.delete()
            else:
                shared.update(is_shared=True)


def _copy_refusals(link: AdvertiserLink, workspace_id: int) -> None:
    has_more = True
    while has_more:
        page = advertisers.refusals_after(
            link.copied_version, advertiser_id=link.advertiser_id, workspace_id=workspace_id
        )
        undone = [each for each in page.refusals if each.is_undone]
        standing = advertisers.standing_among(
            undone, advertiser_id=link.advertiser_id, workspace_id=workspace_id
        )
        with transaction.atomic():
            _suppress([each for each in page.refusals if not each.is_undone])
            for each in undone:
                if (each.channel, each.address_hash) not in standing:
                    Suppression.objects.filter(
                        channel=each.channel,
                        address_hash=each.address_hash,
                        cause=SuppressionCause.ADVERTISER.value,
                    ).delete()
            link.copied_version = page.version
            link.save(update_fields=["copied_version"])
        has_more = page.has_more


def _suppress(refusals: Sequence[AdvertiserRefusal]) -> None:
    if refusals:
        sql.execute(
            Relation(
                sql.text("compliance/copy_refusals"),
                {
                    "channels": [each.channel for each in refusals],
                    "hashes": [each.address_hash for each in refusals],
                    "instants": [each.at for each in refusals],
                    "cause": SuppressionCause.ADVERTISER.value,
                },
            )
        )


# The limit of 24 hours


def take_places(
    *,
    linked: LinkedAdvertiser,
    channel: str,
    addresses: Sequence[tuple[int, str]],
    now: datetime,
) -> TakenPlaces:
    """Take a place within 24 hours for each message whose address has one left with the advertiser.

    addresses: message ids with the addresses. Call it outside the transaction that claims the messages: the places are
    committed before it begins.
    """
    taken = advertiser_services.take_places(
        advertiser_id=linked.advertiser_id,
        workspace_id=queries.this_workspace_id(),
        channel=channel,
        messages=_places(linked, channel, addresses),
        cap=queries.channel_rules(channel).daily_cap,
        now=now,
    )
    return TakenPlaces(linked, frozenset(taken))


def release_places(*, linked: LinkedAdvertiser, channel: str, addresses: Sequence[tuple[int, str]]) -> None:
    """Give back the places of messages that were not sent after all."""
    if addresses:
        advertiser_services.release_places(
            advertiser_id=linked.advertiser_id,
            workspace_id=queries.this_workspace_id(),
            messages=_places(linked, channel, addresses),
        )


def _places(
    linked: LinkedAdvertiser, channel: str, addresses: Sequence[tuple[int, str]]
) -> list[MessagePlace]:
    key = advertisers.hash_key(linked.token)
    return [MessagePlace(each, shared_hash(key, channel, address)) for each, address in addresses]


def _count_recent_messages(link: AdvertiserLink, workspace_id: int, now: datetime) -> None:
    """Count what was sent in the last 24 hours, in batches by message id."""
    outer, inner = paddings(advertisers.hash_key(link.token))
    statement = (
        "SELECT message_id, channel, sha256(%(outer)s::bytea || sha256(%(inner)s::bytea"
        " || convert_to(channel || ':' || lower(address), 'UTF8'))) AS address_hash, coalesce(at, %(now)s)"
        " FROM {recent} r WHERE message_id > %(last)s ORDER BY message_id LIMIT %(limit)s"
    )
    last, recent = 0, registry.recent_messages(since=now - _RECENT)
    while recent is not None:
        batch = sql.rows(
            sql.compose(statement, recent=recent, outer=outer, inner=inner, now=now, last=last, limit=_BATCH)
        )
        if not batch:
            break
        advertiser_services.record_sent(
            advertiser_id=link.advertiser_id,
            workspace_id=workspace_id,
            messages=[SentMessage(row[0], row[1], bytes(row[2]), row[3]) for row in batch],
        )
        last = batch[-1][0]


def enqueue_synchronisation(workspaces: Collection[Workspace]) -> None:
    """Enqueue the synchronisation of these workspaces, each in its own schema."""
    for workspace in workspaces:
        _enqueue(workspace.schema_name)
