"""Turns of sending: taken one after the other by the jobs of the sending queue."""

from __future__ import annotations

import math
import time
from datetime import datetime
from typing import Final

from quen.apps.channels import queries as channels
from quen.apps.compliance import services as compliance
from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.services import batches
from quen.apps.delivery.services.lifecycle import pause_failed
from quen.apps.delivery.services.priority import BULK, PRIORITIES, SEND_LOCK, priority_of
from quen.apps.delivery.services.throttle import send_throttle
from quen.apps.delivery.services.turns import SendSlots, TurnResult, send_slots
from quen.apps.delivery.services.worker import Clock, SendWorker
from quen.apps.delivery.types import ACTIVE_STATES, DispatchState
from quen.core import jobs, schemas

#: shorter than the ten seconds a worker waits for its jobs at shutdown
WORKER_RUN_SECONDS: Final = 7.0
#: a workspace with many connections gets shorter turns for each, but long enough to be worth a render process
_SHORTEST_TURN_SECONDS: Final = 2.0
#: a connection that is over its share comes again
_SHARE_RETRY_SECONDS: Final = 3.0


def deliver(
    *,
    connection_id: int,
    priority: str = BULK,
    clock: Clock,
    seconds: float = WORKER_RUN_SECONDS,
    render_in_subprocess: bool = True,
    slots: SendSlots = send_slots,
) -> bool:
    """Send for a while, unless another worker does; return whether there is more to send now.

    render_in_subprocess: render bulk messages in a separate process. Safe to call at any time by any number of workers.
    Raises jobs.Retry when the provider is unreachable.
    """
    result = take_turn(
        connection_id=connection_id,
        priority=priority,
        clock=clock,
        seconds=seconds,
        render_in_subprocess=render_in_subprocess,
        slots=slots,
    )
    return result.more and not result.after_seconds


def take_turn(
    *,
    connection_id: int,
    priority: str,
    clock: Clock,
    seconds: float = WORKER_RUN_SECONDS,
    render_in_subprocess: bool = True,
    slots: SendSlots = send_slots,
) -> TurnResult:
    """Send for a while, unless another worker does. Raises jobs.Retry when the provider is unreachable."""
    key = (schemas.current(), connection_id)
    cooldown = send_throttle.cooldown_left(key)
    if cooldown:
        return TurnResult(_has_work(connection_id, priority), cooldown)
    with slots.turn(key, needs_slot=priority == BULK) as turn:
        if turn is None:
            return TurnResult(more=True, after_seconds=_SHARE_RETRY_SECONDS)
        with SEND_LOCK.session(connection_id, priority) as locked:
            if not locked:
                return TurnResult(more=False)
            in_subprocess = render_in_subprocess and priority == BULK and not slots.is_slow(key)
            connection = channels.get_connection(connection_id)
            # Who unsubscribed while this workspace was paused or out of reach is sent nothing.
            compliance.process_stored_unsubscribes(now=clock())
            deadline = time.monotonic() + seconds
            worker = SendWorker(
                connection, priority, clock, turn, deadline=deadline, in_subprocess=in_subprocess
            )
            try:
                return worker.run()
            finally:
                worker.close()


def run_and_reschedule(*, connection_id: int, priority: str, clock: Clock) -> None:
    """Take one turn and enqueue the next when there is more to send.

    The connections of a workspace share its turn, so that a workspace with many gets no more than others.
    """
    sharing = len({each for each, of in _active_queues() if of == priority}) or 1
    seconds = max(_SHORTEST_TURN_SECONDS, WORKER_RUN_SECONDS / sharing)
    result = take_turn(connection_id=connection_id, priority=priority, clock=clock, seconds=seconds)
    if result.more:
        jobs.enqueue_unique(
            f"delivery.send_{priority}",
            after_seconds=math.ceil(result.after_seconds),
            connection_id=connection_id,
        )


def record_failed_sending(*, connection_id: int, reference: str, now: datetime) -> None:
    """Pause what is sent in bulk on a connection whose turns keep failing; a dispatch that is resumed tries again."""
    active = queries.active_dispatches(connection_id)
    pause_failed([each for each in active if priority_of(each) == BULK], reference=reference, now=now)


def wake_all(*, now: datetime) -> int:
    """Enqueue jobs for all active connections and everything that lost its job; return how many were enqueued."""
    enqueued = 0
    for dispatch in Dispatch.objects.filter(state=DispatchState.FANNING_OUT):
        enqueued += jobs.enqueue_unique("delivery.fan_out", dispatch_id=dispatch.pk)
    for dispatch in Dispatch.objects.filter(state=DispatchState.CANCELLED, ended_at=None):
        enqueued += jobs.enqueue_unique("delivery.cancel_remaining", dispatch_id=dispatch.pk)
    for connection_id, priority in _active_queues():
        enqueued += jobs.enqueue_unique(f"delivery.send_{priority}", connection_id=connection_id)
    return enqueued


def _has_work(connection_id: int, priority: str) -> bool:
    return (connection_id, priority) in _active_queues()


def _active_queues() -> set[tuple[int, str]]:
    found = {
        (dispatch.connection_id, priority_of(dispatch))
        for dispatch in Dispatch.objects.filter(state__in=ACTIVE_STATES)
    }
    # Orphaned batches of paused or cancelled dispatches must be marked as uncertain too.
    for connection_id in batches.connections_in_flight():
        found |= {(connection_id, priority) for priority in PRIORITIES}
    return found
