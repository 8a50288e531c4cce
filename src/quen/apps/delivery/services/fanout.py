"""Create the messages of a dispatch, batch by batch, one statement each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Max

from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass
from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch, DispatchRecipient
from quen.apps.delivery.services.allocation import allocate_values
from quen.apps.delivery.services.counters import add_counters, counters_for
from quen.apps.delivery.services.lifecycle import (
    finish_if_done,
    notify_error,
    pause_failed,
    pause_on_error,
)
from quen.apps.delivery.services.live_updates import publish
from quen.apps.delivery.services.priority import wake
from quen.apps.delivery.types import ACTIVE_STATES, DispatchState, MessageState
from quen.core import pauses, sql
from quen.core.errors import DomainError
from quen.core.locks import AdvisoryLock
from quen.core.sql import Relation

Clock = Callable[[], datetime]
BATCH_SIZE: Final = 50_000
QUEUE_RANGE_SIZE: Final = 1_000
ANALYZE_FROM: Final = 1_000
_FREQUENCY_CAP_LOCK: Final = AdvisoryLock("delivery.frequency_cap")


def fan_out(*, dispatch_id: int, clock: Clock, batch_size: int = BATCH_SIZE) -> None:
    """Create all remaining messages of a dispatch. Stops when it is paused or cancelled; safe to repeat."""
    _analyze_recipients(dispatch_id)
    try:
        while _fan_out_batch(dispatch_id, clock(), batch_size):
            pauses.give_way()
    except DomainError as refusal:
        # Values of a merge tag have run out: nothing of this batch was created.
        paused = pause_on_error(queries.get_dispatch(dispatch_id), code=refusal.code, text=str(refusal))
        if paused is not None:
            notify_error(paused, now=clock())


def record_failed_fan_out(*, dispatch_id: int, reference: str, now: datetime) -> None:
    """Pause a dispatch whose fan-out ended with an unexpected error; resuming it tries again."""
    pause_failed(Dispatch.objects.filter(pk=dispatch_id), reference=reference, now=now)


def _analyze_recipients(dispatch_id: int) -> None:
    """Update the planner's statistics of a large dispatch's recipients, which were inserted just now.

    Without them the planner expects one recipient and counts the recent messages of all anew for each.
    """
    if Dispatch.objects.filter(pk=dispatch_id, recipient_count__gte=ANALYZE_FROM).exists():
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE delivery_dispatchrecipient (dispatch_id, position, contact_id)")


@transaction.atomic
def _fan_out_batch(dispatch_id: int, now: datetime, batch_size: int) -> bool:
    # NO KEY, so that sending goes on: it locks the dispatch with KEY SHARE.
    dispatch = Dispatch.objects.select_for_update(no_key=True).filter(pk=dispatch_id).first()
    if dispatch is None or dispatch.state != DispatchState.FANNING_OUT:
        return False
    if dispatch.fanned_out_count < dispatch.recipient_count:
        lock_frequency_cap()
        until, scheduled_for = _next_batch(dispatch, batch_size)
        recipients = _recipients_until(dispatch, until)
        _insert_messages(dispatch, recipients, scheduled_for, now)
        allocate_values(dispatch, recipients, scheduled_for=scheduled_for, now=now)
        dispatch.fanned_out_count = until
    if dispatch.fanned_out_count >= dispatch.recipient_count:
        DispatchRecipient.objects.filter(dispatch_id=dispatch.pk).delete()
        dispatch.fanned_out_at, dispatch.state = now, DispatchState.SENDING
    dispatch.save(update_fields=["fanned_out_count", "fanned_out_at", "state"])
    publish(dispatch)
    if dispatch.state == DispatchState.SENDING:
        finish_if_done(dispatch, now=now)
    if dispatch.state in ACTIVE_STATES:
        wake(dispatch)
    return dispatch.state == DispatchState.FANNING_OUT


def _next_batch(dispatch: Dispatch, batch_size: int) -> tuple[int, datetime]:
    """Return the last position of the next batch and the instant of its messages: a batch never mixes instants."""
    until = min(dispatch.fanned_out_count + batch_size, dispatch.recipient_count)
    remaining = DispatchRecipient.objects.filter(
        dispatch_id=dispatch.pk, position__gt=dispatch.fanned_out_count, position__lte=until
    )
    scheduled_for = remaining.order_by("position").values_list("scheduled_for", flat=True).first()
    if dispatch.is_open or scheduled_for is not None:
        same = remaining.filter(scheduled_for=scheduled_for).aggregate(last=Max("position"))
        until = same["last"] or until
    return until, scheduled_for or dispatch.scheduled_for


def _recipients_until(dispatch: Dispatch, until: int) -> Relation:
    return Relation(
        "SELECT contact_id FROM delivery_dispatchrecipient WHERE dispatch_id = %(dispatch)s"
        " AND position > %(since)s AND position <= %(until)s",
        {"dispatch": dispatch.pk, "since": dispatch.fanned_out_count, "until": until},
        ("contact_id",),
    )


def _insert_messages(dispatch: Dispatch, contacts: Relation, scheduled_for: datetime, now: datetime) -> None:
    """Insert a message for each contact, the queue ranges and the counters."""
    capped = None
    if dispatch.message_class == MessageClass.MARKETING:
        capped = queries.over_frequency_cap(
            contacts, channel=dispatch.channel, now=now, exclude_dispatch_id=dispatch.pk
        )
    eligibility = compliance.eligibility(
        contacts,
        channel=dispatch.channel,
        message_class=dispatch.message_class,
        topic_id=dispatch.topic_id,
        now=now,
        capped=capped,
    )
    statement = sql.compose(
        sql.text("delivery/enqueue_messages"),
        eligibility=eligibility,
        dispatch=dispatch.pk,
        scheduled_for=scheduled_for,
        queued=MessageState.QUEUED,
        skipped=MessageState.SKIPPED,
        range_size=QUEUE_RANGE_SIZE,
    )
    deltas: Counter[str] = Counter()
    for state, reason, count in sql.rows(statement):
        deltas["audience"] += count
        for name in counters_for(state, reason):
            deltas[name] += count
    add_counters({dispatch.pk: deltas})


def lock_frequency_cap() -> None:
    """Wait until no other transaction checks the frequency cap of this workspace; held until commit."""
    # Two concurrent fan-outs would not see each other's uncommitted messages and exceed the cap together.
    _FREQUENCY_CAP_LOCK.acquire()
