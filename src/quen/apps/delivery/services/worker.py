"""Send worker: one process per (connection, priority) sends queued messages in committed batches.

Without a pace to keep, two batches take turns: while one is rendered and sent by a process of its own, the results of
the one before it are committed and the next is claimed. Together they have at most 50 messages, so that a crash makes
no more of them uncertain.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from django.db import transaction

from quen.apps.channels import registry as channels_registry
from quen.apps.channels import services as channels_services
from quen.apps.channels.services import ConnectionPacer
from quen.apps.channels.types import SendOutcome, SendResult, Unreachable
from quen.apps.content.types import TemplateBroken
from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.rendering import (
    Recipient,
    RenderProcess,
    RenderResult,
)
from quen.apps.delivery.services import batches, circuit_breaker, loading, message_queue
from quen.apps.delivery.services.batches import BatchResult, ClaimRequest
from quen.apps.delivery.services.hand_over import (
    BATCHES_IN_FLIGHT,
    PARALLEL_CONNECTIONS,
    ClaimedBatch,
    HandOver,
    SentBatch,
    queued_message,
)
from quen.apps.delivery.services.lifecycle import finish_if_done, notify_error, pause_on_error
from quen.apps.delivery.services.loading import LoadedBatch
from quen.apps.delivery.services.priority import priority_of
from quen.apps.delivery.services.throttle import send_throttle
from quen.apps.delivery.services.turns import SendTurn, TurnResult
from quen.apps.delivery.types import DispatchState
from quen.core import jobs, schemas, sql

if TYPE_CHECKING:
    from quen.apps.channels.models import Connection

Clock = Callable[[], datetime]
log = logging.getLogger(__name__)

_PUBLISH_INTERVAL_SECONDS: Final = 0.5
_REQUEUE_INTERVAL_SECONDS: Final = 5.0
_SUCCESS_INTERVAL_SECONDS: Final = 1.0
#: below it starting a process takes longer than it saves
_SUBPROCESS_RATE: Final = 50.0
#: a longer wait for the next message is left to a later job
_LONG_WAIT_SECONDS: Final = 5.0
#: of a limited pace, or of a slow server, so much is claimed at once
_SECONDS_PER_BATCH: Final = 2.0
#: a found rate is probed with more than one message, so that one that is always turned away cannot hold it down
_LEAST_WHEN_FOUND: Final = 5


class SendWorker:
    """One run of sending on a connection."""

    def __init__(
        self,
        connection: Connection,
        priority: str,
        clock: Clock,
        turn: SendTurn,
        *,
        deadline: float,
        in_subprocess: bool,
    ) -> None:
        """deadline: of the monotonic clock.  in_subprocess: render, and send if possible, in a process of its own."""
        self._connection, self._priority, self._clock, self._turn = connection, priority, clock, turn
        self._connection_key = (schemas.current(), connection.pk)
        self._queue, self._render_context = message_queue.QueueReader(), loading.MessageRenderContext()
        self._uncommitted: BatchResult | None = None
        adapter = channels_registry.adapter(connection.channel, connection.adapter)
        self._keep_references = adapter.receive is not None
        self._published_at = self._requeued_at = self._succeeded_at = 0.0
        self._resume_after = math.inf
        self._deadline = deadline
        self._pacer = ConnectionPacer(
            connection,
            parallel=PARALLEL_CONNECTIONS,
            deadline=deadline,
            clock=clock,
            waiting=turn.waiting,
            on_silence=turn.silent,
        )
        rate = self._pacer.rate
        self._renderer = RenderProcess(
            in_subprocess=in_subprocess and (rate is None or rate >= _SUBPROCESS_RATE),
            session=channels_services.remote_session(connection, parallel=PARALLEL_CONNECTIONS),
        )
        self._hand_over = HandOver(
            connection, pacer=self._pacer, renderer=self._renderer, waiting=turn.waiting
        )

    def run(self) -> TurnResult:
        """Send until nothing is left or the deadline has passed."""
        sql.discard_prepared()
        batches.expire_orphaned_batches(connection_id=self._connection.pk, priority=self._priority)
        try:
            return self._run()
        except Unreachable as error:
            self._commit_pending()
            return self._handle_unreachable(error)

    def close(self) -> None:
        """Close the session and end the render process."""
        self._hand_over.close()

    def _run(self) -> TurnResult:
        batch = self._next_batch(first=True)
        while batch is not None:
            rendered = self._collect(batch)
            next_batch = self._next_batch(first=False)
            if not self._send(batch, rendered):
                # Paused, cancelled, or time is up: what was rendered ahead stays queued.
                self._queue.rewind(batch.dispatch.pk)
                if next_batch is not None:
                    self._collect(next_batch)
                    self._queue.rewind(next_batch.dispatch.pk)
                next_batch = None
            is_over = self._is_over()
            if is_over or next_batch is None:
                self._commit_pending()
            if is_over:
                return TurnResult(more=True)
            batch = next_batch or self._next_batch(first=True)
        if self._resume_after < _LONG_WAIT_SECONDS:
            return TurnResult(more=True)  # it waits in its next turn, outside the slots
        if self._resume_after < math.inf:
            return TurnResult(more=True, after_seconds=self._resume_after)
        return TurnResult(more=False)

    def _collect(self, batch: LoadedBatch) -> dict[int, RenderResult]:
        """Return what was rendered of a batch, by message."""
        if not batch.is_submitted:
            return {}
        self._settle()  # it answers in order
        return dict(zip((each.id for each in batch.recipients), self._renderer.collect(), strict=True))

    def _is_over(self) -> bool:
        return time.monotonic() >= self._deadline or self._turn.should_end

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
            self._resume_after = math.inf
        # The sort is stable: among dispatches that may send now, the order of priority holds.
        waits = sorted(((self._seconds_until_next(each), each) for each in dispatches), key=itemgetter(0))
        for seconds, dispatch in waits:
            if time.monotonic() + seconds >= self._deadline:
                self._resume_after = min(self._resume_after, seconds)
                continue
            batch = self._load(dispatch, first=first, alone=len(dispatches) == 1)
            if batch is not None:
                if not self._sends_beside(self._batch_size(dispatch)):
                    batch.is_submitted = True
                    self._renderer.submit(batch.job, batch.recipients)
                elif len(batch.recipients) > batches.BATCH_SIZE:
                    self._renderer.start()
                return batch
        return None

    def _load(self, dispatch: Dispatch, *, first: bool, alone: bool) -> LoadedBatch | None:
        limit = self._load_limit(dispatch, alone=alone)
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
        return LoadedBatch(
            dispatch,
            job,
            self._render_context.recipients(dispatch, messages, now),
            finished_range_ids=finished,
            partial_range=partial,
        )

    def _load_limit(self, dispatch: Dispatch, *, alone: bool) -> int:
        """Return how many messages to load: a batch of a limited pace or a slow server, else several."""
        if dispatch.rate_per_second and not alone:
            return 1  # the others go on while it waits for its pace
        size = self._batch_size(dispatch)
        # A small batch is loaded alone, so that it ends within the turn and the queue moves on.
        return size if size < batches.BATCH_SIZE else loading.LOAD_SIZE

    def _batch_size(self, dispatch: Dispatch) -> int:
        """Return how many messages to claim at once: few of what takes long, for a crash makes them uncertain."""
        self._pacer.choose(dispatch.pk, dispatch.rate_per_second)
        size = send_throttle.batch_sizes.get(self._connection_key, batches.BATCH_SIZE)
        rate = self._pacer.rate
        if rate is None:
            return size
        least = _LEAST_WHEN_FOUND if self._pacer.is_found else 1
        return min(size, max(least, math.ceil(rate * _SECONDS_PER_BATCH)))

    def _seconds_until_next(self, dispatch: Dispatch) -> float:
        self._pacer.choose(dispatch.pk, dispatch.rate_per_second)
        return self._pacer.seconds_until_next()

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

    # Sending

    def _send(self, batch: LoadedBatch, rendered: dict[int, RenderResult]) -> bool:
        """Send a loaded batch; False when its dispatch is not active any more or the time is up."""
        start = 0
        while start < len(batch.recipients):
            if self._turn.must_end() or self._is_over():
                return False
            size = self._batch_size(batch.dispatch)
            # Until the other process has started, the sender sends itself; a small dispatch needs no other.
            beside = not rendered and self._sends_beside(size) and self._hand_over.is_ready
            if beside:
                size //= BATCHES_IN_FLIGHT
            if not self._send_batch(batch, batch.recipients[start : start + size], rendered, beside=beside):
                return False
            start += size
            if self._pacer.is_over and start < len(batch.recipients):
                return False
        message_queue.advance(batch)
        return True

    def _sends_beside(self, size: int) -> bool:
        """Whether batches are sent by a process of their own: without a pace to keep, and to a server that is quick."""
        return (
            self._hand_over.has_own_process
            and size == batches.BATCH_SIZE
            and self._pacer.rate is None
            and not self._pacer.seconds_until_next()
        )

    def _send_batch(
        self,
        batch: LoadedBatch,
        recipients: Sequence[Recipient],
        rendered: dict[int, RenderResult],
        *,
        beside: bool,
    ) -> bool:
        dispatch = batch.dispatch
        if not beside and self._settle() == dispatch.pk:
            return False
        messages = [queued_message(each) for each in recipients]
        claimed = self._commit_and_claim(ClaimRequest(dispatch, messages))
        if claimed is None or claimed.batch_id is None:
            return claimed is not None and claimed.active
        next_batch = ClaimedBatch(
            claimed.batch_id,
            batch.job,
            dispatch,
            [each for each in recipients if each.id in claimed.message_ids],
        )
        try:
            if self._settle() == dispatch.pk:
                self._release(next_batch)
                return False
            self._pacer.choose(dispatch.pk, dispatch.rate_per_second)
            if beside and self._hand_over.begin(next_batch, deadline=self._deadline):
                return True
            return self._keep(self._hand_over.send(next_batch, rendered)) != dispatch.pk
        except Unreachable:
            self._release(next_batch)
            raise

    def _settle(self) -> int | None:
        """Wait for the batch on its way; its results are committed with the next claim.

        Return the id of its dispatch when that was stopped because of them. Raises Unreachable when nothing was sent.
        """
        batch = self._hand_over.on_its_way
        if batch is None:
            return None
        try:
            sent = self._hand_over.wait()
        except Unreachable:
            self._release(batch)
            raise
        return self._keep(sent)

    def _keep(self, sent: SentBatch) -> int | None:
        """Keep results until they are committed; the result is that of ``_settle``."""
        batch, results = sent.batch, sent.results
        if self._uncommitted is not None:
            self._commit_and_claim(None)
        self._uncommitted = BatchResult(
            batch.id, batch.dispatch, batch.messages, results, keep_references=self._keep_references
        )
        self._record_success(results)
        in_time = sent.seconds <= _SECONDS_PER_BATCH or self._pacer.rate is not None
        done = sum(each.outcome is not SendOutcome.NOT_SENT for each in results)
        size = None if in_time else max(PARALLEL_CONNECTIONS, min(done, len(results) // 2))
        send_throttle.learn_batch_size(self._connection_key, size, whole=batches.BATCH_SIZE)
        self._pacer.save()
        error = circuit_breaker.should_stop(batch.dispatch.pk, results)
        if not error:
            return None
        self._commit_and_claim(None)
        self._stop(batch.dispatch, code=circuit_breaker.ERROR_CODE, text=error)
        return batch.dispatch.pk

    def _release(self, batch: ClaimedBatch) -> None:
        batches.release(batch_id=batch.id, dispatch=batch.dispatch, now=self._clock())

    def _record_success(self, results: Sequence[SendResult]) -> None:
        now = time.monotonic()
        if now - self._succeeded_at < _SUCCESS_INTERVAL_SECONDS or not any(
            each.outcome is SendOutcome.ACCEPTED for each in results
        ):
            return
        self._succeeded_at = now
        channels_services.record_success(self._connection.pk, self._clock())
        send_throttle.record_success(self._connection_key)

    def _commit_and_claim(self, claim: ClaimRequest | None) -> batches.Claimed | None:
        publish = time.monotonic() - self._published_at >= _PUBLISH_INTERVAL_SECONDS
        if publish:
            self._published_at = time.monotonic()
        if self._turn.reconnects:
            self._turn.reconnects = False
            sql.discard_prepared()
        claimed = batches.commit_and_claim(
            result=self._uncommitted, claim=claim, now=self._clock(), publish=publish
        )
        self._uncommitted = None
        return claimed

    def _commit_pending(self) -> None:
        """Commit the results of everything that was sent, and wait for what is on the wire."""
        if self._uncommitted is not None:
            self._commit_and_claim(None)
        self._settle()
        if self._uncommitted is not None:
            self._commit_and_claim(None)

    # Errors

    def _handle_unreachable(self, error: Unreachable) -> TurnResult:
        now = self._clock()
        channels_services.record_failure(self._connection.pk, error.text, now, error.code)
        if error.permanent:
            text = error.text or channels_services.error_message(error.code, "")
            for dispatch in queries.active_dispatches(self._connection.pk):
                self._stop(dispatch, code=error.code or "unreachable", text=text)
            return TurnResult(more=False)
        raise jobs.Retry(after_seconds=send_throttle.record_failure(self._connection_key)) from error

    def _stop(self, dispatch: Dispatch, *, code: str, text: str) -> None:
        paused = pause_on_error(dispatch, code=code, text=text)
        if paused is not None:
            notify_error(paused, now=self._clock())
