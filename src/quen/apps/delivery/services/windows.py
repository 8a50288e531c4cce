"""Windows: what is between the first byte and its result, in the database before a byte leaves.

A turn is one transaction: it writes what became of the last window, asks the launch and the gate again, and opens the
next. Whoever opened a message has it alone: only a waiting one can be opened, so no lock but the row's is relied on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from psycopg.errors import DeadlockDetected

from quen.apps.channels.types import Outcome, Result
from quen.apps.compliance import queries as compliance
from quen.apps.compliance import services as compliance_services
from quen.apps.compliance.types import SuppressionCause
from quen.apps.delivery import queries
from quen.apps.delivery.models import Launch, Message, Window
from quen.apps.delivery.rules.backoff import wait_after
from quen.apps.delivery.services import news
from quen.apps.delivery.services.chunks import wait_in
from quen.apps.delivery.services.lanes import lane_of
from quen.apps.delivery.services.tallies import move_tally, moved
from quen.apps.delivery.types import AT_WORK, SENT, UNGATED, LaunchState, MessageState, Source
from quen.apps.events import services as events
from quen.core import sql
from quen.core.sql import Relation

SIZE: Final = 50
#: code of a mail that could not even be made
UNWRITTEN: Final = "unwritten"
_PATIENCE: Final = 5
_STATE_OF: Final = {
    Outcome.ACCEPTED: MessageState.ACCEPTED,
    Outcome.DEFERRED: MessageState.DEFERRED,
    Outcome.REFUSED: MessageState.REFUSED,
    Outcome.UNCERTAIN: MessageState.UNCERTAIN,
}
_HANDING: Final = (MessageState.HANDING, None)
_READ: Final = Q(opened_at__isnull=False) | Q(machine_opened_at__isnull=False) | Q(clicked_at__isnull=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """One message somebody wants to hand over now. tries: how often it was handed over before."""

    id: int
    contact_id: int
    address: str
    tries: int


@dataclass(frozen=True, slots=True)
class Closing:
    """A window and what became of its messages, each once."""

    window_id: int
    launch: Launch
    asked: Sequence[Asked]
    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class Opening:
    """Messages of a launch that shall leave now, at most SIZE."""

    launch: Launch
    asked: Sequence[Asked]


@dataclass(frozen=True, slots=True)
class Opened:
    """What may leave. window_id: None when nothing may; moving: the launch still is at work."""

    window_id: int | None
    ids: frozenset[int]
    moving: bool


def turn(
    *, closing: Closing | None, opening: Opening | None, now: datetime, show: bool = False
) -> Opened | None:
    """Close one window and open the next in one transaction. show: tell open pages."""
    for attempt in range(_PATIENCE):
        try:
            with sql.planned_once():
                return _turn(closing, opening, now, show)
        except OperationalError as error:
            # What a provider answered must not be lost to another transaction that was in the way.
            if not isinstance(error.__cause__, DeadlockDetected) or attempt == _PATIENCE - 1:
                raise
    return None


@transaction.atomic
def _turn(closing: Closing | None, opening: Opening | None, now: datetime, show: bool) -> Opened | None:
    # Launches first, in order, and as weakly as holds a cancel back: whoever gathers goes on beside us.
    states = _hold(sorted({each.launch.pk for each in (closing, opening) if each is not None}))
    moves: dict[int, Counter[str]] = {launch_id: Counter() for launch_id in states}
    if closing is not None:
        moves[closing.launch.pk].update(_close(closing, states[closing.launch.pk], now))
    opened = None
    if opening is not None:
        moving = states[opening.launch.pk] in AT_WORK
        opened = Opened(None, frozenset(), moving=False)
        if moving:
            opened, sums = _open(opening, now)
            moves[opening.launch.pk].update(sums)
    move_tally(moves)
    if show:
        news.show_all(set(states))
    return opened


def _hold(launch_ids: Sequence[int]) -> dict[int, str]:
    rows = sql.rows(
        Relation(
            "SELECT id, state FROM delivery_launch WHERE id = ANY(%(ids)s) ORDER BY id FOR KEY SHARE",
            {"ids": list(launch_ids)},
        )
    )
    return dict(rows)


def _open(opening: Opening, now: datetime) -> tuple[Opened, Counter[str]]:
    launch, asked = opening.launch, opening.asked
    ids = [each.id for each in asked]
    statement = sql.compose(
        sql.text("delivery/open_window"),
        asked=_gate(launch, asked, now),
        ids=ids,
        launch=launch.pk,
        connection=launch.connection_id,
        now=now,
        queued=MessageState.QUEUED,
        handing=MessageState.HANDING,
        skipped=MessageState.SKIPPED,
    )
    rows = sql.rows(statement)
    if launch.first_handed_at is None:
        launch.first_handed_at = now
        Launch.objects.filter(pk=launch.pk, first_handed_at=None).update(first_handed_at=now)
    waiting_on = [message_id for message_id, state, _reason, _window in rows if state == MessageState.QUEUED]
    wait_in(launch.pk, waiting_on)
    sums = moved(((MessageState.QUEUED, None), (state, reason)) for _id, state, reason, _window in rows)
    taken = frozenset(
        message_id for message_id, state, _reason, _window in rows if state == MessageState.HANDING
    )
    return Opened(rows[0][3] if taken else None, taken, moving=True), sums


def _gate(launch: Launch, asked: Sequence[Asked], now: datetime) -> Relation:
    """Ask about exactly these people once more (Decree 91/2020 Art. 13.4: a refusal holds at once)."""
    if launch.source in UNGATED:
        return Relation(
            "SELECT contact_id, address, language, NULL::smallint AS reason FROM delivery_message"
            " WHERE id = ANY(%(ids)s)",
            {"ids": [each.id for each in asked]},
            ("contact_id", "address", "language", "reason"),
        )
    people = Relation(
        "SELECT unnest(%(people)s::bigint[]) AS contact_id",
        {"people": [each.contact_id for each in asked]},
        ("contact_id",),
    )
    return compliance.gate(people, channel=launch.kind, message_class=launch.message_class, now=now)


def _close(closing: Closing, launch_state: str, now: datetime) -> Counter[str]:
    answers = {result.key: result for result in closing.results}
    fates = [_fate(each, answers.get(each.id), launch_state, now) for each in closing.asked]
    statement = Relation(
        sql.text("delivery/close_window"),
        {
            "window": closing.window_id,
            "handing": MessageState.HANDING,
            "accepted": MessageState.ACCEPTED,
            "bounced": MessageState.BOUNCED,
            "delivered": MessageState.DELIVERED,
            "now": now,
            "ids": [each.id for each in closing.asked],
            "states": [int(fate.state) for fate in fates],
            "codes": [fate.result.code[:20] for fate in fates],
            "tolds": [fate.result.text[:300] for fate in fates],
            "providers": [fate.result.provider_id[:200] for fate in fates],
            "dues": [fate.due_at for fate in fates],
        },
    )
    settled = sql.rows(statement)
    _record(closing, settled, now)
    _suppress(closing, answers, now)
    return moved((_HANDING, (state, None)) for _id, _contact, state in settled)


@dataclass(frozen=True, slots=True)
class _Fate:
    state: MessageState
    due_at: datetime | None
    result: Result


def _fate(asked: Asked, result: Result | None, launch_state: str, now: datetime) -> _Fate:
    """A message without an answer is uncertain: nobody knows."""
    given = result or Result(asked.id, Outcome.UNCERTAIN)
    state = MessageState.FAILED if given.code == UNWRITTEN else _STATE_OF[given.outcome]
    if state != MessageState.DEFERRED:
        return _Fate(state, None, given)
    if launch_state == LaunchState.CANCELLED:
        return _Fate(MessageState.CANCELLED, None, given)
    wait = wait_after(asked.tries + 1)
    return _Fate(state, now + wait, given) if wait else _Fate(MessageState.FAILED, None, given)


def _record(closing: Closing, settled: Sequence[tuple[int, int, int]], now: datetime) -> None:
    if closing.launch.source == Source.TEST:
        return
    data = {"name": closing.launch.name}
    sent = [(contact, message) for message, contact, state in settled if state in SENT]
    if sent:
        events.record_relation("message_sent", _refs(sent), at=now, data=data)
    dead = {result.key for result in closing.results if result.address_is_dead}
    bounced = [(contact, message) for message, contact, _state in settled if message in dead]
    if bounced:
        events.record_relation("message_bounced", _refs(bounced), at=now, data=data)


def _refs(pairs: Sequence[tuple[int, int]]) -> Relation:
    return Relation(
        "SELECT * FROM unnest(%(people)s::bigint[], %(refs)s::bigint[]) AS told (contact_id, ref)",
        {
            "people": [contact for contact, _message in pairs],
            "refs": [message for _contact, message in pairs],
        },
        ("contact_id", "ref"),
    )


def _suppress(closing: Closing, answers: dict[int, Result], now: datetime) -> None:
    dead = [each for each in closing.asked if each.id in answers and answers[each.id].address_is_dead]
    if not dead or closing.launch.source == Source.TEST:
        return
    compliance_services.suppress(
        channel=closing.launch.kind,
        addresses=[each.address for each in dead],
        cause=SuppressionCause.BOUNCE,
        note=answers[dead[0].id].text[:300],
        now=now,
        contact_ids=[each.contact_id or None for each in dead],
    )


@transaction.atomic
def take_back(*, window_id: int, launch: Launch, now: datetime) -> None:
    """Let messages of a window wait again of which no byte left."""
    state = _hold([launch.pk])[launch.pk]
    window = Window.objects.filter(pk=window_id).first()
    if window is None:
        return
    back = MessageState.CANCELLED if state == LaunchState.CANCELLED else MessageState.QUEUED
    _settle(window, back)
    wait_in(launch.pk, window.message_ids)


@transaction.atomic
def clear_dead_windows(*, connection_id: int, lane: str) -> int:
    """Call uncertain what a dead process had in hand; give how many. The caller holds the lane."""
    windows = list(Window.objects.filter(connection_id=connection_id).order_by("id"))
    launches = queries.launches_by_id({window.launch_id for window in windows})
    return sum(
        _settle(window, MessageState.UNCERTAIN)
        for window in windows
        if window.launch_id not in launches or lane_of(launches[window.launch_id]) == lane
    )


def _settle(window: Window, state: MessageState) -> int:
    held = Message.objects.filter(pk__in=window.message_ids, state=MessageState.HANDING)
    arrived = _arrived(window, held) if state == MessageState.UNCERTAIN else 0
    settled = held.update(state=state)
    Window.objects.filter(pk=window.pk).delete()
    figures = moved(
        [(_HANDING, (state, None))] * settled + [(_HANDING, (MessageState.ACCEPTED, None))] * arrived
    )
    move_tally({window.launch_id: figures})
    return settled


def _arrived(window: Window, held: QuerySet[Message]) -> int:
    """Accept what somebody read before its sender died."""
    read = list(held.filter(_READ).values_list("contact_id", "pk"))
    if read:
        launch = queries.get_launch(window.launch_id)
        held.filter(pk__in=[message for _contact, message in read]).update(state=MessageState.ACCEPTED)
        if launch.source != Source.TEST:
            data = {"name": launch.name}
            events.record_relation("message_sent", _refs(read), at=window.opened_at, data=data)
    return len(read)


def connections_with_windows() -> set[int]:
    """Give the connections on which something is in hand, or was when a process died."""
    return set(Window.objects.values_list("connection_id", flat=True))
