"""Send worker: one process per (connection, priority) sends queued messages in committed batches of at most 50."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, transaction

from quen.apps.channels import queries as channels
from quen.apps.channels import registry as channels_registry
from quen.apps.channels import services as channels_services
from quen.apps.channels.types import SendOutcome, SendResult, SendSession, Unreachable
from quen.apps.content.types import TemplateBroken
from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.rendering import (
    Recipient,
    RenderFailure,
    RenderJob,
    RenderProcess,
    RenderResult,
    joined,
)
from quen.apps.delivery.services import batches, circuit_breaker, loading, message_queue
from quen.apps.delivery.services.batches import BatchResult, ClaimRequest, QueuedMessage
from quen.apps.delivery.services.lifecycle import finish_if_done, notify_error, pause_on_error
from quen.apps.delivery.services.loading import LoadedBatch
from quen.apps.delivery.services.priority import BULK, PRIORITIES, SEND_LOCK, priority_of
from quen.apps.delivery.services.throttle import RateKey, send_throttle
from quen.apps.delivery.types import ACTIVE_STATES, DispatchState
from quen.core import jobs, schemas, sql

if TYPE_CHECKING:
    from quen.apps.channels.models import Connection

Clock = Callable[[], datetime]
log = logging.getLogger(__name__)

#: shorter than the ten seconds a worker waits for its jobs at shutdown
WORKER_RUN_SECONDS: Final = 7.0
PARALLEL_CONNECTIONS: Final = 5
_PUBLISH_INTERVAL_SECONDS: Final = 0.5
_REQUEUE_INTERVAL_SECONDS: Final = 5.0


def deliver(
    *,
    connection_id: int,
    priority: str = BULK,
    clock: Clock,
    seconds: float = WORKER_RUN_SECONDS,
    render_in_subprocess: bool = True,
) -> bool:
    """Send for a while, unless another worker does; return whether there is more to send now.

    render_in_subprocess: render bulk messages in a separate process. Safe to call at any time by any number of workers.
    Raises jobs.Retry when the provider is unreachable.
    """
    more = False
    with SEND_LOCK.session(connection_id, priority) as locked:
        if locked and send_throttle.may_connect((schemas.current(), connection_id)):
            worker = SendWorker(
                channels.get_connection(connection_id),
                priority,
                clock,
                render_in_subprocess=render_in_subprocess and priority == BULK,
            )
            try:
                more = worker.run(deadline=time.monotonic() + seconds)
            finally:
                worker.close()
    return more


def run_and_reschedule(*, connection_id: int, priority: str, clock: Clock) -> None:
    """Run the worker once and enqueue the next run when there is more to send."""
    if deliver(connection_id=connection_id, priority=priority, clock=clock):
        jobs.enqueue_unique(f"delivery.send_{priority}", connection_id=connection_id)


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


def _active_queues() -> set[tuple[int, str]]:
    found = {
        (dispatch.connection_id, priority_of(dispatch))
        for dispatch in Dispatch.objects.filter(state__in=ACTIVE_STATES)
    }
    # Orphaned batches of paused or cancelled dispatches must be marked as uncertain too.
    for connection_id in batches.connections_in_flight():
        found |= {(connection_id, priority) for priority in PRIORITIES}
    return found


class SendWorker:
    """One run of sending on a connection."""

    def __init__(
        self, connection: Connection, priority: str, clock: Clock, *, render_in_subprocess: bool
    ) -> None:
        self._connection, self._priority, self._clock = connection, priority, clock
        self._connection_key = (schemas.current(), connection.pk)
        self._session: SendSession | None = None
        self._renderer = RenderProcess(in_subprocess=render_in_subprocess)
        self._queue, self._render_context = message_queue.QueueReader(), loading.MessageRenderContext()
        self._uncommitted: BatchResult | None = None
        adapter = channels_registry.adapter(connection.channel, connection.adapter)
        self._keep_references = adapter.receive is not None
        self._published_at = self._requeued_at = 0.0
        self._deadline = 0.0

    def run(self, *, deadline: float) -> bool:
        """Send until nothing is left or the deadline has passed; return whether there is more to send."""
        self._deadline = deadline
        sql.discard_prepared()
        batches.expire_orphaned_batches(connection_id=self._connection.pk, priority=self._priority)
        try:
            return self._run()
        except Unreachable as error:
            self._commit_pending()
            return self._handle_unreachable(error)

    def close(self) -> None:
        """Close the session and end the render process."""
        self._renderer.close()
        if self._session is not None:
            self._session.close()

    def _run(self) -> bool:
        batch = self._next_batch(first=True)
        while batch is not None:
            if batch.not_before >= self._deadline:
                self._discard(batch)
                self._sleep_until(self._deadline)
                return True
            rendered = self._renderer.collect()
            next_batch = self._next_batch(first=False)
            if not self._send(batch, rendered):
                # Paused, cancelled, or time is up: what was rendered ahead stays queued.
                self._queue.rewind(batch.dispatch.pk)
                if next_batch is not None:
                    self._discard(next_batch)
                next_batch = None
            now = time.monotonic()
            if now >= self._deadline or next_batch is None or next_batch.not_before > now:
                self._commit_pending()
            if now >= self._deadline:
                return True
            batch = next_batch or self._next_batch(first=True)
        return False

    def _discard(self, batch: LoadedBatch) -> None:
        self._renderer.collect()
        self._queue.rewind(batch.dispatch.pk)
        send_throttle.refund(batch.rate_snapshot)

    def _sleep_until(self, instant: float) -> None:
        time.sleep(max(0.0, instant - time.monotonic()))

    # Loading

    def _next_batch(self, *, first: bool) -> LoadedBatch | None:
        """Load the next batch of the dispatch that may send soonest and start rendering it.

        first: nothing is in flight, so skipped messages may be read again and a dispatch may finish.
        """
        dispatches = [
            each
            for each in queries.active_dispatches(self._connection.pk)
            if priority_of(each) == self._priority
        ]
        if first:
            self._requeue_due(dispatches)
        # The sort is stable: among dispatches that may send now, the order of priority holds.
        for dispatch in sorted(dispatches, key=self._earliest_send_at):
            batch = self._load(dispatch, first=first)
            if batch is not None:
                self._renderer.submit(batch.job, batch.recipients)
                return batch
        return None

    def _load(self, dispatch: Dispatch, *, first: bool) -> LoadedBatch | None:
        rate = self._rate(dispatch)
        limit = max(1, min(loading.LOAD_SIZE, int(rate))) if rate else loading.LOAD_SIZE
        messages, finished, partial = self._queue.read(dispatch, limit)
        if not messages and first and self._queue.rewind(dispatch.pk):
            messages, finished, partial = self._queue.read(dispatch, limit)
        now = self._clock()
        if not messages:
            if first and dispatch.state == DispatchState.SENDING:
                self._finish_or_rebuild(dispatch, now)
            return None
        try:
            job = self._render_context.job(dispatch, now)
        except TemplateBroken as error:
            self._stop(dispatch, code=error.code, text=str(error))
            return None
        batch = LoadedBatch(
            dispatch,
            job,
            self._render_context.recipients(dispatch, messages, now),
            0.0,
            finished_range_ids=finished,
            partial_range=partial,
        )
        batch.not_before = max(time.monotonic(), self._earliest_send_at(dispatch))
        for key, per_second in self._rates(dispatch):
            batch.rate_snapshot[key] = send_throttle.next_send_at.get(key)
            send_throttle.next_send_at[key] = batch.not_before + len(messages) / per_second
        return batch

    def _requeue_due(self, dispatches: Sequence[Dispatch]) -> None:
        if time.monotonic() - self._requeued_at < _REQUEUE_INTERVAL_SECONDS:
            return
        self._requeued_at = time.monotonic()
        for dispatch in dispatches:
            if message_queue.has_due(dispatch, now=self._clock()):
                message_queue.requeue_due(dispatch, now=self._clock())

    def _finish_or_rebuild(self, dispatch: Dispatch, now: datetime) -> None:
        with transaction.atomic():
            locked = Dispatch.objects.select_for_update().get(pk=dispatch.pk)
            if locked.state == DispatchState.SENDING and not finish_if_done(locked, now=now):
                message_queue.rebuild_queue(locked)

    def _rates(self, dispatch: Dispatch) -> list[tuple[RateKey, float]]:
        schema = self._connection_key[0]
        rates = [
            ((schema, "dispatch", dispatch.pk), dispatch.rate_per_second),
            ((schema, f"connection:{self._priority}", self._connection.pk), self._connection.rate_per_second),
        ]
        return [(key, rate) for key, rate in rates if rate]

    def _rate(self, dispatch: Dispatch) -> float | None:
        return min((rate for _key, rate in self._rates(dispatch)), default=None)

    def _earliest_send_at(self, dispatch: Dispatch) -> float:
        earliest = max(
            (send_throttle.next_send_at.get(key, 0.0) for key, _rate in self._rates(dispatch)), default=0.0
        )
        return earliest if earliest > time.monotonic() else 0.0

    # Sending

    def _send(self, batch: LoadedBatch, rendered: Sequence[RenderResult]) -> bool:
        """Send a loaded batch; False when its dispatch is not active any more or the time is up."""
        self._sleep_until(batch.not_before)
        rendered_by_id = dict(zip((recipient.id for recipient in batch.recipients), rendered, strict=True))
        for start in range(0, len(batch.recipients), batches.BATCH_SIZE):
            if time.monotonic() >= self._deadline:
                return False
            recipients = batch.recipients[start : start + batches.BATCH_SIZE]
            if not self._send_batch(batch, recipients, rendered_by_id):
                return False
        message_queue.advance(batch)
        channels_services.record_success(self._connection.pk, self._clock())
        send_throttle.record_success(self._connection_key)
        return True

    def _send_batch(
        self, batch: LoadedBatch, recipients: Sequence[Recipient], rendered_by_id: dict[int, RenderResult]
    ) -> bool:
        dispatch = batch.dispatch
        messages = [
            QueuedMessage(recipient.id, recipient.contact_id, recipient.address, recipient.tries)
            for recipient in recipients
        ]
        claimed = self._commit_and_claim(ClaimRequest(dispatch, messages))
        if claimed is None or claimed.batch_id is None:
            return claimed is not None and claimed.active
        claimed_messages = [each for each in messages if each.id in claimed.message_ids]
        try:
            results = self._transmit(batch.job, [rendered_by_id[each.id] for each in claimed_messages])
        except Unreachable:
            batches.release(batch_id=claimed.batch_id, dispatch=dispatch, now=self._clock())
            raise
        self._uncommitted = BatchResult(
            claimed.batch_id, dispatch, claimed_messages, results, keep_references=self._keep_references
        )
        error = circuit_breaker.should_stop(dispatch.pk, results)
        if error:
            self._commit_pending()
            self._stop(dispatch, code=circuit_breaker.ERROR_CODE, text=error)
        return not error

    def _transmit(self, job: RenderJob, rendered: Sequence[RenderResult]) -> list[SendResult]:
        """Return the results of one claimed batch. Raises Unreachable when no byte of it was sent."""
        failed = [
            SendResult(each.key, SendOutcome.REFUSED, batches.RENDER_FAILED, each.error)
            for each in rendered
            if isinstance(each, RenderFailure)
        ]
        ready = [joined(job, each) for each in rendered if not isinstance(each, RenderFailure)]
        if not ready:
            return failed
        if self._session is None:
            self._session = channels_services.open_session(self._connection, parallel=PARALLEL_CONNECTIONS)
        try:
            return [*self._session.send(ready), *failed]
        except Unreachable:
            raise
        except DatabaseError:
            raise
        except Exception:
            # What was sent is unknown: messages without a result become uncertain.
            log.exception("hand-over on connection %s of dispatch %s", self._connection.pk, job.key)
            session, self._session = self._session, None
            session.close()
            return failed

    def _commit_and_claim(self, claim: ClaimRequest | None) -> batches.Claimed | None:
        publish = time.monotonic() - self._published_at >= _PUBLISH_INTERVAL_SECONDS
        if publish:
            self._published_at = time.monotonic()
        claimed = batches.commit_and_claim(
            result=self._uncommitted, claim=claim, now=self._clock(), publish=publish
        )
        self._uncommitted = None
        return claimed

    def _commit_pending(self) -> None:
        if self._uncommitted is not None:
            self._commit_and_claim(None)

    # Errors

    def _handle_unreachable(self, error: Unreachable) -> bool:
        now = self._clock()
        channels_services.record_failure(self._connection.pk, error.text, now, error.code)
        if error.permanent:
            for dispatch in queries.active_dispatches(self._connection.pk):
                self._stop(dispatch, code=error.code or "unreachable", text=error.text)
            return False
        raise jobs.Retry(after_seconds=send_throttle.record_failure(self._connection_key)) from error

    def _stop(self, dispatch: Dispatch, *, code: str, text: str) -> None:
        paused = pause_on_error(dispatch, code=code, text=text)
        if paused is not None:
            notify_error(paused, now=self._clock())
