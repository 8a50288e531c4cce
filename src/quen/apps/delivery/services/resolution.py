"""Decisions of users about messages that are uncertain or failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from quen.apps.compliance.types import MessageClass
from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch, Message
from quen.apps.delivery.services.counters import add_counters, counters_for
from quen.apps.delivery.services.fanout import lock_frequency_cap
from quen.apps.delivery.services.lifecycle import publish_state
from quen.apps.delivery.services.message_queue import enqueue_ranges
from quen.apps.delivery.services.priority import wake
from quen.apps.delivery.types import (
    EXEMPT_SOURCES,
    DispatchFinished,
    DispatchSource,
    DispatchState,
    FrequencyCapReached,
    MessageState,
    NotUncertain,
)
from quen.apps.events import services as events
from quen.apps.events.types import NewEvent
from quen.apps.team import services as team
from quen.core import sql
from quen.core.actors import Actor
from quen.core.sql import Relation


@transaction.atomic
def resolve_uncertain(message: Message, *, sent: bool, actor: Actor, now: datetime) -> Message:
    """Mark an uncertain message as sent, or send it again.

    Raises NotUncertain, DispatchFinished, FrequencyCapReached.
    """
    if not _resolve(
        queries.get_dispatch(message.dispatch_id), sent=sent, actor=actor, now=now, message_id=message.pk
    ):
        raise NotUncertain()
    message.refresh_from_db()
    return message


@transaction.atomic
def resolve_all_uncertain(dispatch: Dispatch, *, sent: bool, actor: Actor, now: datetime) -> int:
    """Resolve every uncertain message of a dispatch the same way and return how many.

    Raises DispatchFinished, FrequencyCapReached.
    """
    return _resolve(dispatch, sent=sent, actor=actor, now=now)


@transaction.atomic
def retry_failed(dispatch: Dispatch, *, actor: Actor, now: datetime) -> int:
    """Send failed messages again and return how many. Refused addresses are not retried.

    Raises DispatchFinished for a cancelled dispatch, FrequencyCapReached.
    """
    locked = _locked(dispatch)
    failed = Message.objects.filter(dispatch_id=locked.pk, state=MessageState.FAILED)
    requeued = _requeue(locked, list(failed.values_list("pk", flat=True)), MessageState.FAILED, now)
    team.audit(
        actor, "delivery.retried", now=now, target=locked, data={"name": locked.name, "contacts": requeued}
    )
    return requeued


def _resolve(
    dispatch: Dispatch, *, sent: bool, actor: Actor, now: datetime, message_id: int | None = None
) -> int:
    found = Message.objects.filter(dispatch_id=dispatch.pk, state=MessageState.UNKNOWN_OUTCOME)
    if message_id is not None:
        found = found.filter(pk=message_id)
    if sent:
        resolved_pairs = list(found.values_list("contact_id", "pk"))
        resolved = found.update(state=MessageState.ACCEPTED, sent_at=Coalesce("sent_at", Value(now)))
        if dispatch.source != DispatchSource.TEST:
            events.record_many(
                [
                    NewEvent("message_sent", contact, now, None, ref, {"name": dispatch.name})
                    for contact, ref in resolved_pairs
                ]
            )
        add_counters({dispatch.pk: {"uncertain": -resolved, "sent": resolved}})
    else:
        ids = list(found.values_list("pk", flat=True))
        resolved = _requeue(_locked(dispatch), ids, MessageState.UNKNOWN_OUTCOME, now)
    if resolved:
        data = {"name": dispatch.name, "contacts": resolved, "sent": sent}
        team.audit(actor, "delivery.uncertain_resolved", now=now, target=dispatch, data=data)
    return resolved


def _requeue(dispatch: Dispatch, message_ids: Sequence[int], state: MessageState, now: datetime) -> int:
    """Requeue messages in `state` as a new attempt. Contacts over the 24 h frequency cap are skipped."""
    message_ids = _within_cap(dispatch, message_ids, now)
    requeued = Message.objects.filter(pk__in=message_ids, state=state).update(
        state=MessageState.QUEUED,
        attempt=F("attempt") + 1,
        tries=0,
        due_at=None,
        code="",
        provider_message="",
    )
    if not requeued:
        return 0
    enqueue_ranges(dispatch.pk, message_ids)
    (before,) = counters_for(state)
    add_counters({dispatch.pk: {before: -requeued, "queued": requeued}})
    if dispatch.state == DispatchState.FINISHED:
        dispatch.state, dispatch.ended_at = DispatchState.SENDING, None
        dispatch.save(update_fields=["state", "ended_at"])
        publish_state(dispatch)
    if dispatch.state == DispatchState.SENDING:
        wake(dispatch)
    return requeued


def _within_cap(dispatch: Dispatch, message_ids: Sequence[int], now: datetime) -> Sequence[int]:
    """Return the messages whose contacts are below the frequency cap (Decree 91/2020 Art. 13.5)."""
    if (
        dispatch.message_class != MessageClass.MARKETING
        or dispatch.source in EXEMPT_SOURCES
        or not message_ids
    ):
        return message_ids
    lock_frequency_cap()
    contacts = Relation(
        "SELECT contact_id FROM delivery_message WHERE id = ANY(%(ids)s)",
        {"ids": list(message_ids)},
        ("contact_id",),
    )
    capped = queries.over_frequency_cap(
        contacts, channel=dispatch.channel, now=now, exclude_dispatch_id=dispatch.pk
    )
    capped_ids = [contact_id for (contact_id,) in sql.rows(capped)] if capped is not None else []
    free = (
        Message.objects.filter(pk__in=message_ids)
        .exclude(contact_id__in=capped_ids)
        .values_list("pk", flat=True)
    )
    allowed = list(free) if capped_ids else message_ids
    if not allowed:
        raise FrequencyCapReached()
    return allowed


def _locked(dispatch: Dispatch) -> Dispatch:
    locked = Dispatch.objects.select_for_update().get(pk=dispatch.pk)
    if locked.state in (DispatchState.CANCELLED, DispatchState.FAILED):
        raise DispatchFinished(name=locked.name, state=DispatchState(locked.state).label)
    return locked
