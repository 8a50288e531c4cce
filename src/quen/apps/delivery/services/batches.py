"""Claim batches of messages before sending and commit their results.

A batch is written to the database before its first byte is sent. One transaction commits the results of the last batch,
checks the dispatch and the eligibility of the contacts again, and claims the next batch. Only a queued message can be
claimed and the claim locks its row, so nothing else is needed to prevent sending twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from psycopg.errors import DeadlockDetected

from quen.apps.channels.types import SendOutcome, SendResult
from quen.apps.compliance import queries as compliance
from quen.apps.compliance import services as compliance_services
from quen.apps.compliance.types import LinkedAdvertiser, SuppressionCause, TakenPlaces
from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch, InFlightBatch, Message
from quen.apps.delivery.rendering import RENDER_FAILED
from quen.apps.delivery.rules.backoff import retry_delay
from quen.apps.delivery.services import live_updates, places
from quen.apps.delivery.services.allocation import release_values
from quen.apps.delivery.services.counters import add_counters, counter_deltas
from quen.apps.delivery.services.message_queue import enqueue_range
from quen.apps.delivery.services.priority import priority_of
from quen.apps.delivery.types import (
    ACTIVE_STATES,
    EXEMPT_SOURCES,
    SENT_STATES,
    DispatchSource,
    DispatchState,
    MessageState,
)
from quen.apps.events import services as events
from quen.core import sql
from quen.core.sql import Relation

BATCH_SIZE: Final = 50
_MAX_ATTEMPTS: Final = 5
_STATE_OF: Final = {
    SendOutcome.ACCEPTED: MessageState.ACCEPTED,
    SendOutcome.DEFERRED: MessageState.DEFERRED,
    SendOutcome.REFUSED: MessageState.REFUSED,
    SendOutcome.UNKNOWN: MessageState.UNKNOWN_OUTCOME,
    SendOutcome.NOT_SENT: MessageState.QUEUED,
}
_IN_FLIGHT: Final = (int(MessageState.IN_FLIGHT), None)
_QUEUED: Final = (int(MessageState.QUEUED), None)
#: what proves that a message arrived although its result is unknown, highest rank first
_ARRIVED: Final = (
    (MessageState.BOUNCED, Q(bounced_at__isnull=False)),
    (MessageState.DELIVERED, Q(delivered_at__isnull=False)),
    (
        MessageState.ACCEPTED,
        Q(complained_at__isnull=False)
        | Q(opened_at__isnull=False)
        | Q(bot_opened_at__isnull=False)
        | Q(clicked_at__isnull=False)
        | Q(unsubscribed_at__isnull=False),
    ),
)


class QueuedMessage(NamedTuple):
    """A message to be claimed. tries: how often it was sent before."""

    id: int
    contact_id: int
    address: str
    tries: int


@dataclass(frozen=True, slots=True)
class BatchResult:
    """A claimed batch with the results of its messages.

    keep_references: receipts of the connection carry only the provider's ids, so messages must be found by them.
    """

    batch_id: int
    dispatch: Dispatch
    messages: Sequence[QueuedMessage]
    results: Sequence[SendResult]
    keep_references: bool = False


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """Messages of a dispatch to be claimed, at most BATCH_SIZE."""

    dispatch: Dispatch
    messages: Sequence[QueuedMessage]


@dataclass(frozen=True, slots=True)
class Claimed:
    """The messages that may be sent now. batch_id: None when there are none.  active: the dispatch is still active."""

    batch_id: int | None
    message_ids: frozenset[int]
    active: bool


def commit_and_claim(
    *, result: BatchResult | None, claim: ClaimRequest | None, now: datetime, publish: bool = False
) -> Claimed | None:
    """Commit the results of one batch and claim the next in one transaction. publish: update open pages."""
    for attempt in range(_MAX_ATTEMPTS):
        # Before the transaction: a crash in between wastes places within 24 hours, and never exceeds the cap.
        taken = places.take(claim.dispatch, claim.messages, now=now) if claim is not None else None
        try:
            with sql.prepared_statements():
                claimed = _commit_and_claim(result, claim, taken, now, publish)
            _give_back_places(result, claim, claimed, taken)
            return claimed
        except places.PlacesMissing:
            _give_back_places(None, claim, None, taken)
        except OperationalError as error:
            # The provider's results must not be lost because of a deadlock with another transaction.
            if not isinstance(error.__cause__, DeadlockDetected) or attempt == _MAX_ATTEMPTS - 1:
                raise
    return None


@transaction.atomic
def _commit_and_claim(
    result: BatchResult | None,
    claim: ClaimRequest | None,
    taken: TakenPlaces | None,
    now: datetime,
    publish: bool,
) -> Claimed | None:
    # Dispatches first, by id. KEY SHARE is enough to block a cancel, and does not block fan-out.
    states, linked = _lock_dispatches(
        sorted({each.dispatch.pk for each in (result, claim) if each is not None})
    )
    deltas: dict[int, Counter[str]] = {dispatch_id: Counter() for dispatch_id in states}
    if result is not None:
        deltas[result.dispatch.pk].update(_commit(result, states[result.dispatch.pk], now))
    claimed = None
    if claim is not None:
        active = states[claim.dispatch.pk] in ACTIVE_STATES
        claimed = Claimed(None, frozenset(), active=False)
        if active:
            claimed, sums = _claim(claim, taken, linked, now)
            deltas[claim.dispatch.pk].update(sums)
    add_counters(deltas)
    if publish:
        live_updates.publish_all(set(states))
    return claimed


def _give_back_places(
    result: BatchResult | None, claim: ClaimRequest | None, claimed: Claimed | None, taken: TakenPlaces | None
) -> None:
    """Give back the places of messages that were refused, or not claimed at the last moment."""
    if result is not None:
        refused = {each.key for each in result.results if each.outcome == SendOutcome.REFUSED}
        places.give_back(result.dispatch, result.messages, refused)
    if claim is not None:
        claimed_ids = claimed.message_ids if claimed is not None else ()
        places.give_back_unclaimed(claim.dispatch, claim.messages, taken, claimed_ids)


def _lock_dispatches(dispatch_ids: Sequence[int]) -> tuple[dict[int, str], list[LinkedAdvertiser]]:
    """Lock dispatches; return their states, and the workspace's advertisers as they are once the lock is held."""
    lock = Relation(
        "SELECT id, state FROM delivery_dispatch WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR KEY SHARE",
        {"ids": sql.array(dispatch_ids)},
    )
    states, linked = sql.rows_of_each(lock, compliance.LINKED_ADVERTISERS)
    return dict(states), [LinkedAdvertiser(*row) for row in linked]


def _claim(
    claim: ClaimRequest, taken: TakenPlaces | None, linked: Sequence[LinkedAdvertiser], now: datetime
) -> tuple[Claimed, Counter[str]]:
    dispatch, messages = claim.dispatch, claim.messages
    statement = sql.compose(
        sql.text("delivery/claim_batch"),
        eligibility=_eligibility(dispatch, messages, taken, linked, now),
        ids=sql.array(each.id for each in messages),
        dispatch=dispatch.pk,
        connection=dispatch.connection_id,
        now=now,
        queued=MessageState.QUEUED,
        in_flight=MessageState.IN_FLIGHT,
        skipped=MessageState.SKIPPED,
    )
    rows = sql.rows(statement)
    if dispatch.first_sent_at is None:
        dispatch.first_sent_at = now
        Dispatch.objects.filter(pk=dispatch.pk, first_sent_at=None).update(first_sent_at=now)
    still_queued = [message_id for message_id, state, _reason, _batch in rows if state == MessageState.QUEUED]
    enqueue_range(dispatch.pk, still_queued)
    skipped = [message_id for message_id, state, _reason, _batch in rows if state == MessageState.SKIPPED]
    release_values(dispatch, skipped, now=now)
    sums = counter_deltas((_QUEUED, (state, reason)) for _id, state, reason, _batch in rows)
    claimed_ids = frozenset(
        message_id for message_id, state, _reason, _batch in rows if state == MessageState.IN_FLIGHT
    )
    return Claimed(rows[0][3] if claimed_ids else None, claimed_ids, active=True), sums


def _eligibility(
    dispatch: Dispatch,
    messages: Sequence[QueuedMessage],
    taken: TakenPlaces | None,
    linked: Sequence[LinkedAdvertiser],
    now: datetime,
) -> Relation:
    """Check exactly these contacts once more (Decree 91/2020 Art. 13.4: an opt-out takes effect at once)."""
    if dispatch.source in EXEMPT_SOURCES:
        return Relation(
            "SELECT contact_id, address, language, NULL::smallint AS reason FROM delivery_message"
            " WHERE id = ANY(%(ids)s)",
            {"ids": [each.id for each in messages]},
            ("contact_id", "address", "language", "reason"),
        )
    contacts = Relation(
        "SELECT unnest(%(contacts)s::bigint[]) AS contact_id",
        {"contacts": sql.array(each.contact_id for each in messages)},
        ("contact_id",),
    )
    return compliance.eligibility(
        contacts,
        channel=dispatch.channel,
        message_class=dispatch.message_class,
        topic_id=dispatch.topic_id,
        now=now,
        linked=places.verify(dispatch, taken, linked),
        capped=places.without_place(messages, taken),
    )


def _commit(result: BatchResult, dispatch_state: str, now: datetime) -> Counter[str]:
    results = {each.key: each for each in result.results}
    outcomes = [_row(each, results.get(each.id), dispatch_state, now) for each in result.messages]
    statement = Relation(
        sql.text("delivery/commit_batch"),
        {
            "batch": result.batch_id,
            "in_flight": MessageState.IN_FLIGHT,
            "queued": MessageState.QUEUED,
            "accepted": MessageState.ACCEPTED,
            "bounced": MessageState.BOUNCED,
            "delivered": MessageState.DELIVERED,
            "uncertain": MessageState.UNKNOWN_OUTCOME,
            "connection": result.dispatch.connection_id if result.keep_references else None,
            "now": now,
            "results": json.dumps(outcomes),
        },
    )
    committed = sql.rows(statement)
    cancelled = [message_id for message_id, _contact, state in committed if state == MessageState.CANCELLED]
    release_values(result.dispatch, cancelled, now=now)
    not_sent = [message_id for message_id, _contact, state in committed if state == MessageState.QUEUED]
    enqueue_range(result.dispatch.pk, not_sent)
    _record_events(result, committed, now)
    _suppress_dead_addresses(result, results, now)
    return counter_deltas((_IN_FLIGHT, (state, None)) for _id, _contact, state in committed)


def _row(
    message: QueuedMessage, result: SendResult | None, dispatch_state: str, now: datetime
) -> dict[str, object]:
    """Return the row of a message for the statement. Without a result its outcome is unknown."""
    known = result or SendResult(message.id, SendOutcome.UNKNOWN)
    state, due_at = _next_state(message, known, dispatch_state, now)
    return {
        "id": message.id,
        "state": int(state),
        "code": known.code.replace("\0", "")[:20],
        "provider_message": known.text.replace("\0", "")[:300],
        "provider_id": known.provider_id.replace("\0", "")[:200],
        "due": due_at and due_at.isoformat(),
    }


def _next_state(
    message: QueuedMessage, result: SendResult, dispatch_state: str, now: datetime
) -> tuple[MessageState, datetime | None]:
    """Return the message's next state, and when it is tried again."""
    state = MessageState.FAILED if result.code == RENDER_FAILED else _STATE_OF[result.outcome]
    if state not in (MessageState.DEFERRED, MessageState.QUEUED):
        return state, None
    if dispatch_state == DispatchState.CANCELLED:
        return MessageState.CANCELLED, None
    if state == MessageState.QUEUED:
        return state, None
    delay = retry_delay(message.tries + 1)
    return (state, now + delay) if delay else (MessageState.FAILED, None)


def _record_events(result: BatchResult, committed: Sequence[tuple[int, int, int]], now: datetime) -> None:
    if result.dispatch.source == DispatchSource.TEST:
        return
    data = {"name": result.dispatch.name}
    sent = [(contact, message) for message, contact, state in committed if state in SENT_STATES]
    if sent:
        events.record_relation("message_sent", _contact_refs(sent), at=now, data=data)
    dead = {each.key for each in result.results if each.hard_bounce}
    bounced = [(contact, message) for message, contact, _state in committed if message in dead]
    if bounced:
        events.record_relation("message_bounced", _contact_refs(bounced), at=now, data=data)


def _contact_refs(pairs: Sequence[tuple[int, int]]) -> Relation:
    return Relation(
        "SELECT * FROM unnest(%(contacts)s::bigint[], %(refs)s::bigint[]) AS pair (contact_id, ref)",
        {
            "contacts": sql.array(contact for contact, _message in pairs),
            "refs": sql.array(message for _contact, message in pairs),
        },
        ("contact_id", "ref"),
    )


def _suppress_dead_addresses(result: BatchResult, results: dict[int, SendResult], now: datetime) -> None:
    dead = [each for each in result.messages if each.id in results and results[each.id].hard_bounce]
    if not dead or result.dispatch.source == DispatchSource.TEST:
        return
    reply = results[dead[0].id]
    compliance_services.suppress(
        channel=result.dispatch.channel,
        addresses=[each.address for each in dead],
        cause=SuppressionCause.BOUNCE,
        note=f"{reply.code} {reply.text}".strip()[:300],
        now=now,
        contact_ids=[each.contact_id or None for each in dead],
    )


@transaction.atomic
def release(*, batch_id: int, dispatch: Dispatch, now: datetime) -> None:
    """Return the messages of a batch to the queue, when no byte of it was sent."""
    state = _lock_dispatches([dispatch.pk])[0][dispatch.pk]
    batch = InFlightBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        return
    released_to = MessageState.CANCELLED if state == DispatchState.CANCELLED else MessageState.QUEUED
    _end_batch(batch, released_to)
    if released_to == MessageState.CANCELLED:
        release_values(dispatch, batch.message_ids, now=now)
    enqueue_range(dispatch.pk, batch.message_ids)


@transaction.atomic
def expire_orphaned_batches(*, connection_id: int, priority: str) -> int:
    """Mark what a dead process had in flight as uncertain and return the number of messages.

    The caller holds the exclusive lock of the connection and priority.
    """
    batches = list(InFlightBatch.objects.filter(connection_id=connection_id).order_by("id"))
    dispatches = queries.dispatches_by_id({batch.dispatch_id for batch in batches})
    return sum(
        _end_batch(batch, MessageState.UNKNOWN_OUTCOME)
        for batch in batches
        if batch.dispatch_id not in dispatches or priority_of(dispatches[batch.dispatch_id]) == priority
    )


def _end_batch(batch: InFlightBatch, state: MessageState) -> int:
    messages = Message.objects.filter(pk__in=batch.message_ids, state=MessageState.IN_FLIGHT)
    states = _accept_arrived(batch, messages) if state == MessageState.UNKNOWN_OUTCOME else []
    updated = messages.update(state=state)
    InFlightBatch.objects.filter(pk=batch.pk).delete()
    states += [state] * updated
    add_counters({batch.dispatch_id: counter_deltas((_IN_FLIGHT, (each, None)) for each in states)})
    return updated


def _accept_arrived(batch: InFlightBatch, messages: QuerySet[Message]) -> list[MessageState]:
    """Update the messages that arrived, as receipts or opens prove, before their sender died; return their states."""
    arrived: list[tuple[int, int]] = []
    states: list[MessageState] = []
    for state, proof in _ARRIVED:
        found = list(messages.filter(proof).values_list("contact_id", "pk"))
        messages.filter(pk__in=[message for _contact, message in found]).update(state=state)
        arrived += found
        states += [state] * len(found)
    dispatch = queries.get_dispatch(batch.dispatch_id) if arrived else None
    if dispatch is not None and dispatch.source != DispatchSource.TEST:
        data = {"name": dispatch.name}
        events.record_relation("message_sent", _contact_refs(arrived), at=batch.claimed_at, data=data)
    return states


def connections_in_flight() -> set[int]:
    """Return the connections with batches in flight, including those of dead processes."""
    return set(InFlightBatch.objects.values_list("connection_id", flat=True))
