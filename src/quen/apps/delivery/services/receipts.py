"""Receipts of providers: delivered, bounced, complained about. Applied in sets, in any order, any number of times."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from quen.apps.channels.types import Receipt, ReceiptKind
from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import SuppressionCause
from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch, MessageReceipt, ProviderReference
from quen.apps.delivery.services.contact_events import ContactEvent, record_contact_events
from quen.apps.delivery.services.live_updates import publish_all
from quen.apps.delivery.services.locking import lock_messages
from quen.apps.delivery.types import DispatchSource, EngagementKind, MessageState
from quen.core import sql
from quen.core.errors import DomainError
from quen.core.sql import Relation

log = logging.getLogger(__name__)
#: method of an unsubscribe that came as a spam complaint
COMPLAINT: Final = "complaint"
#: a receipt may come before the result that has the provider's id is committed, but not a day before
_UNMATCHED_KEPT: Final = timedelta(days=1)
_MATCHED_PER_RUN: Final = 5_000
_PROVIDER_ID_MAX_CHARS, _CODE_MAX_CHARS, _TEXT_MAX_CHARS = 200, 20, 300


@dataclass(frozen=True, slots=True)
class _ReceiptEffect:
    """What receipts changed about one message; an instant is None where nothing is new."""

    message_id: int
    dispatch_id: int
    contact_id: int
    address: str
    bounce_text: str
    complaint_text: str
    sent_at: datetime | None
    bounced_at: datetime | None
    complained_at: datetime | None


@transaction.atomic
def apply_receipts(receipts: Sequence[Receipt], *, connection_id: int, now: datetime) -> None:
    """Store receipts of a connection and update messages, counters, events, suppressions and consent.

    The result is the same in whatever order and however often receipts come. A hard bounce or a complaint suppresses
    the address, a complaint withdraws the consent too. A receipt whose provider id is unknown is kept for a day, until
    ``match_receipts`` finds its message; one about a message that was deleted is dropped.
    Locks the messages by id, then the counters of their dispatches, then the contacts who complained.
    """
    if not receipts:
        return
    message_ids = _message_ids(receipts, connection_id)
    lock_messages([each for each in message_ids if each is not None])
    effects = sql.fetch(
        "delivery/apply_receipts",
        into=_ReceiptEffect,
        connection=connection_id,
        received_at=now,
        message_ids=message_ids,
        provider_ids=[_storable(each.provider_id, _PROVIDER_ID_MAX_CHARS) for each in receipts],
        parts=[each.part for each in receipts],
        kinds=[each.kind.value for each in receipts],
        ats=[each.at for each in receipts],
        codes=[_storable(each.code, _CODE_MAX_CHARS) for each in receipts],
        texts=[_storable(each.text, _TEXT_MAX_CHARS) for each in receipts],
        delivered_kind=ReceiptKind.DELIVERED.value,
        soft_kind=ReceiptKind.BOUNCED_SOFT.value,
        hard_kind=ReceiptKind.BOUNCED_HARD.value,
        complained_kind=ReceiptKind.COMPLAINED.value,
        accepted=int(MessageState.ACCEPTED),
        delivered=int(MessageState.DELIVERED),
        bounced=int(MessageState.BOUNCED),
        uncertain=int(MessageState.UNKNOWN_OUTCOME),
        complained_event=int(EngagementKind.COMPLAINED),
    )
    dispatches = queries.dispatches_by_id({each.dispatch_id for each in effects})
    _record_events(effects, dispatches)
    _suppress(effects, dispatches, now)
    _unsubscribe(effects, dispatches)
    publish_all(_dispatch_ids(receipts) | set(dispatches))


@transaction.atomic
def match_receipts(*, now: datetime) -> int:
    """Apply receipts whose provider id has become known, drop those older than a day; return how many were applied."""
    unmatched = MessageReceipt.objects.filter(message_id=None)
    dropped, _ = unmatched.filter(received_at__lt=now - _UNMATCHED_KEPT).delete()
    if dropped:
        log.warning("%d receipts were about messages that are not ours", dropped)
    found = sql.rows(
        Relation(
            "SELECT r.id, r.connection_id, p.message_id, r.provider_id, r.part, r.kind, r.at, r.code, r.text"
            " FROM delivery_messagereceipt r JOIN delivery_providerreference p USING (connection_id, provider_id)"
            " WHERE r.message_id IS NULL ORDER BY r.id LIMIT %(limit)s FOR UPDATE OF r",
            {"limit": _MATCHED_PER_RUN},
        )
    )
    by_connection: dict[int, list[Receipt]] = defaultdict(list)
    for _id, connection_id, message_id, provider_id, part, kind, at, code, text in found:
        by_connection[connection_id].append(
            Receipt(ReceiptKind(kind), at, message_id, provider_id, part, code, text)
        )
    unmatched.filter(pk__in=[row[0] for row in found]).delete()
    for connection_id, receipts in by_connection.items():
        apply_receipts(receipts, connection_id=connection_id, now=now)
    return len(found)


def _message_ids(receipts: Sequence[Receipt], connection_id: int) -> list[int | None]:
    """Return the message of each receipt, by the provider's id where it names none; None where that is unknown."""
    provider_ids = [_storable(each.provider_id, _PROVIDER_ID_MAX_CHARS) for each in receipts]
    asked = [
        provider_id
        for each, provider_id in zip(receipts, provider_ids, strict=True)
        if each.message_id is None and provider_id
    ]
    known: dict[str, int] = {}
    if asked:
        references = ProviderReference.objects.filter(connection_id=connection_id, provider_id__in=asked)
        known = dict(references.values_list("provider_id", "message_id"))
    return [
        known.get(provider_id) if each.message_id is None else each.message_id
        for each, provider_id in zip(receipts, provider_ids, strict=True)
    ]


def _record_events(effects: Sequence[_ReceiptEffect], dispatches: dict[int, Dispatch]) -> None:
    events = []
    for each in effects:
        dispatch = dispatches[each.dispatch_id]
        if each.contact_id <= 0:
            continue
        if each.sent_at is not None and dispatch.source != DispatchSource.TEST:
            events.append(_event("message_sent", each, each.sent_at, name=dispatch.name))
        if each.bounced_at is not None:
            data = {"name": dispatch.name, "text": each.bounce_text}
            events.append(_event("message_bounced", each, each.bounced_at, **data))
        if each.complained_at is not None:
            data = {"name": dispatch.name, "text": each.complaint_text}
            events.append(_event("message_complained", each, each.complained_at, **data))
    record_contact_events(events)


def _event(kind: str, effect: _ReceiptEffect, at: datetime, **data: str) -> ContactEvent:
    return ContactEvent(kind, effect.contact_id, at, effect.message_id, data)


def _suppress(effects: Sequence[_ReceiptEffect], dispatches: dict[int, Dispatch], now: datetime) -> None:
    groups: dict[tuple[str, SuppressionCause, str], list[_ReceiptEffect]] = defaultdict(list)
    for each in effects:
        channel = dispatches[each.dispatch_id].channel
        if each.bounced_at is not None and each.address:
            groups[channel, SuppressionCause.BOUNCE, each.bounce_text].append(each)
        if each.complained_at is not None and each.address:
            groups[channel, SuppressionCause.COMPLAINT, each.complaint_text].append(each)
    for (channel, cause, text), group in sorted(groups.items()):
        compliance.suppress(
            channel=channel,
            addresses=[each.address for each in group],
            cause=cause,
            note=text,
            now=now,
            contact_ids=[each.contact_id if each.contact_id > 0 else None for each in group],
        )


def _unsubscribe(effects: Sequence[_ReceiptEffect], dispatches: dict[int, Dispatch]) -> None:
    # One by one: complaints are few, and each withdraws a consent with its own proof.
    for each in sorted(effects, key=lambda effect: effect.contact_id):
        if each.complained_at is None or each.contact_id <= 0:
            continue
        try:
            with transaction.atomic():
                compliance.unsubscribe(
                    contact_id=each.contact_id,
                    channel=dispatches[each.dispatch_id].channel,
                    method=COMPLAINT,
                    all_channels=False,
                    message_id=each.message_id,
                    now=each.complained_at,
                )
        except DomainError:
            # The contact does not exist any more; the address stays suppressed.
            pass


def _storable(text: str, max_chars: int) -> str:
    """Return text of a provider as PostgreSQL can store it: without NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:max_chars]


def _dispatch_ids(receipts: Sequence[Receipt]) -> set[int]:
    ids = [each.message_id for each in receipts if each.message_id is not None]
    return set(queries.messages_by_id(ids).order_by().values_list("dispatch_id", flat=True).distinct())
