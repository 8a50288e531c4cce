"""Send worker: one process per (connection, priority) sends queued messages in committed batches of at most 50."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, transaction

from quen.apps.channels import registry as channels_registry
from quen.apps.channels import services as channels_services
from quen.apps.channels.services import ConnectionPacer
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
from quen.apps.delivery.services.priority import priority_of
from quen.apps.delivery.services.throttle import send_throttle
from quen.apps.delivery.services.turns import SendTurn
from quen.apps.delivery.types import DispatchState
from quen.core import jobs, schemas, sql

if TYPE_CHECKING:
    from quen.apps.channels.models import Connection

Clock = Callable[[], datetime]
log = logging.getLogger(__name__)

PARALLEL_CONNECTIONS: Final = 5
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


@dataclass(frozen=True, slots=True)
class TurnResult:
    """How a turn ended. more: there is more to send.  after_seconds: not sooner than that."""

    more: bool
    after_seconds: float = 0.0


class SendWorker:
    """One run of sending on a connection."""

    def __init__(
        self,
        connection: Connection,
        priority: str,
        clock: Clock,
        turn: SendTurn,
        *,
        render_in_subprocess: bool,
    ) -> None:
        self._connection, self._priority, self._clock, self._turn = connection, priority, clock, turn
        self._connection_key = (schemas.current(), connection.pk)
        self._session: SendSession | None = None
        self._render_in_subprocess = render_in_subprocess
        self._renderer = RenderProcess(in_subprocess=False)
        self._queue, self._render_context = message_queue.QueueReader(), loading.MessageRenderContext()
        self._uncommitted: BatchResult | None = None
        adapter = channels_registry.adapter(connection.channel, connection.adapter)
        self._keep_references = adapter.receive is not None
        self._published_at = self._requeued_at = self._succeeded_at = 0.0
        self._deadline = 0.0
        self._resume_after = math.inf
        self._pacer: ConnectionPacer

    def run(self, *, deadline: float) -> TurnResult:
        """Send until nothing is left or the deadline has passed."""
        self._deadline = deadline
        self._pacer = ConnectionPacer(
            self._connection,
            parallel=PARALLEL_CONNECTIONS,
            deadline=deadline,
            clock=self._clock,
            waiting=self._turn.waiting,
            on_silence=self._turn.silent,
        )
        rate = self._pacer.rate
        self._renderer = RenderProcess(
            in_subprocess=self._render_in_subprocess and (rate is None or rate >= _SUBPROCESS_RATE)
        )
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
            with self._turn.waiting():
                self._session.close()

    def _run(self) -> TurnResult:
        batch = self._next_batch(first=True)
        while batch is not None:
            rendered = self._renderer.collect()
            next_batch = self._next_batch(first=False)
            if not self._send(batch, rendered):
                # Paused, cancelled, or time is up: what was rendered ahead stays queued.
                self._queue.rewind(batch.dispatch.pk)
                if next_batch is not None:
                    self._renderer.collect()
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
                self._renderer.submit(batch.job, batch.recipients)
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

    def _send(self, batch: LoadedBatch, rendered: Sequence[RenderResult]) -> bool:
        """Send a loaded batch; False when its dispatch is not active any more or the time is up."""
        rendered_by_id = dict(zip((recipient.id for recipient in batch.recipients), rendered, strict=True))
        size = self._batch_size(batch.dispatch)
        for start in range(0, len(batch.recipients), size):
            if self._is_over():
                return False
            recipients = batch.recipients[start : start + size]
            if not self._send_batch(batch, recipients, rendered_by_id):
                return False
            if self._pacer.is_over and start + size < len(batch.recipients):
                return False
        message_queue.advance(batch)
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
        self._pacer.choose(dispatch.pk, dispatch.rate_per_second)
        started_at = time.monotonic()
        try:
            results = self._transmit(batch.job, [rendered_by_id[each.id] for each in claimed_messages])
        except Unreachable:
            batches.release(batch_id=claimed.batch_id, dispatch=dispatch, now=self._clock())
            raise
        self._uncommitted = BatchResult(
            claimed.batch_id, dispatch, claimed_messages, results, keep_references=self._keep_references
        )
        self._record_success(results)
        self._learn_batch_size(results, seconds=time.monotonic() - started_at)
        self._pacer.save()
        error = circuit_breaker.should_stop(dispatch.pk, results)
        if error:
            self._commit_pending()
            self._stop(dispatch, code=circuit_breaker.ERROR_CODE, text=error)
        return not error

    def _record_success(self, results: Sequence[SendResult]) -> None:
        now = time.monotonic()
        if now - self._succeeded_at < _SUCCESS_INTERVAL_SECONDS or not any(
            each.outcome is SendOutcome.ACCEPTED for each in results
        ):
            return
        self._succeeded_at = now
        channels_services.record_success(self._connection.pk, self._clock())
        send_throttle.record_success(self._connection_key)

    def _learn_batch_size(self, results: Sequence[SendResult], *, seconds: float) -> None:
        """A server that does not finish a batch in time gets a smaller one, until it is quick again."""
        sizes, key = send_throttle.batch_sizes, self._connection_key
        if seconds > _SECONDS_PER_BATCH and self._pacer.rate is None:
            done = sum(each.outcome is not SendOutcome.NOT_SENT for each in results)
            sizes[key] = max(PARALLEL_CONNECTIONS, min(done, len(results) // 2))
        elif key in sizes:
            sizes[key] *= 2
            if sizes[key] >= batches.BATCH_SIZE:
                del sizes[key]

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
            self._session = channels_services.open_session(
                self._connection, parallel=PARALLEL_CONNECTIONS, pacer=self._pacer
            )
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
        if self._turn.reconnects:
            self._turn.reconnects = False
            sql.discard_prepared()
        claimed = batches.commit_and_claim(
            result=self._uncommitted, claim=claim, now=self._clock(), publish=publish
        )
        self._uncommitted = None
        return claimed

    def _commit_pending(self) -> None:
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
