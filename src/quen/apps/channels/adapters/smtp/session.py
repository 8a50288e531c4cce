"""A session of open connections that share a batch: pipelined, one round trip per message, no threads.

The progress of a message decides what a lost connection means for it. Before its data was started it is sent over
another connection; started but not completed it is deferred; once its last byte was passed to the operating system,
its outcome is unknown.

With a pacer each message begins when the pacer says so, and a reply that is about our pace (``slowdowns``) is answered
by going slower: the message stays in the batch, or is not sent.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from quen.apps.channels.adapters.smtp.connection import SmtpConnection, SmtpServer
from quen.apps.channels.adapters.smtp.pipeline import Pipeline
from quen.apps.channels.adapters.smtp.replies import SmtpReply
from quen.apps.channels.adapters.smtp.transaction import MailTransaction, SmtpStage
from quen.apps.channels.types import (
    Outgoing,
    Pacer,
    SendOutcome,
    SendResult,
    SlowdownKind,
    Unreachable,
)

#: connections lost in a row without a single result, after which the rest of the batch is not sent
_MAX_LOSSES = 3
#: times a message may be retried after its connection was lost before its data was started
_MAX_RETRIES = 3
#: times a message may be turned away because of our pace while the server accepts others: then it is the message
_MAX_PUT_BACK = 4
#: the same while the server accepts others that it had turned away, too: then it does limit our pace
_MAX_PUT_BACK_BY_PACE = 20
#: a message that is turned away again sooner has met the same complaint once more
_ONE_COMPLAINT_SECONDS = 0.25
#: a wait for the server that is longer keeps nobody else from sending
_SHORT_WAIT_SECONDS = 0.2
#: how often a silent server is noted
_SILENCE_SECONDS = 5.0


class SmtpSession:
    """Sends batches to one mail server. Used by one thread. Creating it connects or raises Unreachable."""

    def __init__(self, server: SmtpServer, *, parallel: int = 1, pacer: Pacer | None = None) -> None:
        self._server = server
        self._parallel = max(1, parallel)
        self._pacer = pacer
        self._pipelines: list[Pipeline] = [self._connect()]
        self._selector = selectors.DefaultSelector()
        #: the events for which the selector watches a connection
        self._watched: dict[Pipeline, int] = {}

    def send(self, batch: Sequence[Outgoing]) -> list[SendResult]:
        """Send a batch and return exactly one result per message, in the batch's order.

        Raises Unreachable when nothing was sent: no server answers, or it refuses the sender.
        """
        state = _SmtpBatch(batch, self._server, self._pacer)
        self._drop_closed()
        try:
            self._run(state)
        finally:
            for pipeline in list(self._pipelines):
                if pipeline.busy:
                    self._drop(pipeline, state, "interrupted")
        return state.results()

    def close(self) -> None:
        """Quit every connection."""
        for pipeline in self._pipelines:
            pipeline.connection.quit()
        self._pipelines = []
        self._selector.close()

    def _connect(self) -> Pipeline:
        with self._waiting():
            on_silence = self._pacer.silent if self._pacer is not None else None
            return Pipeline(SmtpConnection(self._server, on_silence=on_silence))

    def _waiting(self) -> AbstractContextManager[None]:
        return self._pacer.waiting() if self._pacer is not None else nullcontext()

    def _run(self, batch: _SmtpBatch) -> None:
        while True:
            self._close_surplus()
            for pipeline in self._pipelines:
                if not pipeline.busy:
                    pipeline.start_next(batch)
            busy = any(pipeline.busy for pipeline in self._pipelines)
            if not busy and (not batch.pending or batch.is_over):
                batch.leave_pending()
                return
            if not batch.is_over:
                self._open_pipelines(batch)
            if not self._pipelines and batch.losses >= _MAX_LOSSES:
                batch.leave_pending()
                return
            self._poll(batch)

    def _limit(self) -> int:
        return min(self._parallel, self._pacer.connections) if self._pacer is not None else self._parallel

    def _close_surplus(self) -> None:
        """Close idle connections that the server no longer wants."""
        surplus = len(self._pipelines) - self._limit()
        for pipeline in [each for each in self._pipelines if not each.busy][: max(0, surplus)]:
            self._pipelines.remove(pipeline)
            self._unwatch(pipeline)
            pipeline.connection.close()

    def _open_pipelines(self, batch: _SmtpBatch) -> None:
        """Open missing connections for messages that may begin; if none can be opened, keep the reason."""
        while batch.pending and len(self._pipelines) < self._limit() and batch.losses < _MAX_LOSSES:
            idle = sum(not pipeline.busy for pipeline in self._pipelines)
            if self._pipelines and (len(batch.pending) <= idle or batch.connection_limit_reached):
                return
            if self._pipelines and batch.seconds_until_next() > 0:
                return
            started_at = time.monotonic()
            try:
                pipeline = self._connect()
            except Unreachable as error:
                if not self._pipelines:
                    batch.error, batch.losses = error, _MAX_LOSSES
                elif self._pacer is not None and error.code == "busy":
                    self._pacer.slow_down(SlowdownKind.CONNECTIONS, error.text)
                # Some servers allow fewer connections than configured: continue with the open ones.
                batch.connection_limit_reached = True
                return
            self._pipelines.append(pipeline)
            pipeline.start_next(batch)
            if time.monotonic() - started_at > _SILENCE_SECONDS:
                batch.connection_limit_reached = True  # slow to greet: it serves the connections it has

    def _poll(self, batch: _SmtpBatch) -> None:
        """Wait for the sockets, or until the next message may begin, and advance every pipeline that is ready."""
        now = time.monotonic()
        busy = [pipeline for pipeline in self._pipelines if pipeline.busy]
        deadline = min((pipeline.deadline for pipeline in busy), default=now + _SILENCE_SECONDS)
        if batch.pending and not batch.is_over:
            deadline = min(deadline, now + (batch.seconds_until_next() or _SILENCE_SECONDS))
        for pipeline in busy:
            self._watch(pipeline)
        buffered = any(pipeline.has_buffered_data() for pipeline in busy)
        ready = self._select(0 if buffered else max(0.0, deadline - now), waits_for_reply=bool(busy))
        for pipeline in ready.difference(busy):
            self._unwatch(pipeline)  # closed by the server while idle: the next batch drops it
        now = time.monotonic()
        for pipeline in busy:
            if pipeline in ready or pipeline.has_buffered_data():
                self._advance(pipeline, batch)
            elif now >= pipeline.deadline:
                self._drop(pipeline, batch, "no answer in time")

    def _watch(self, pipeline: Pipeline) -> None:
        events, before = pipeline.selector_events(), self._watched.get(pipeline)
        if before is None:
            self._selector.register(pipeline.connection.socket, events, pipeline)
        elif before != events:
            self._selector.modify(pipeline.connection.socket, events, pipeline)
        self._watched[pipeline] = events

    def _unwatch(self, pipeline: Pipeline) -> None:
        if self._watched.pop(pipeline, None) is not None:
            self._selector.unregister(pipeline.connection.socket)

    def _select(self, seconds: float, *, waits_for_reply: bool) -> set[Pipeline]:
        """Return the pipelines that are ready within so many seconds; during a long wait others may work."""
        started_at = time.monotonic()
        ready = {key.data for key, _ in self._selector.select(min(seconds, _SHORT_WAIT_SECONDS))}
        if ready or seconds <= _SHORT_WAIT_SECONDS:
            return ready
        until = started_at + seconds
        while not ready and (left := until - time.monotonic()) > 0:
            with self._waiting():
                ready = {key.data for key, _ in self._selector.select(min(left, _SILENCE_SECONDS))}
            silent = time.monotonic() - started_at
            if not ready and waits_for_reply and self._pacer is not None and silent >= _SILENCE_SECONDS:
                self._pacer.silent(silent)
        return ready

    def _advance(self, pipeline: Pipeline, batch: _SmtpBatch) -> None:
        try:
            still_open = pipeline.advance(batch)
        except (OSError, ValueError) as error:
            self._drop(pipeline, batch, str(error) or type(error).__name__)
            return
        if not still_open:
            self._drop(pipeline, batch, pipeline.last_reply or "the server closed the connection")
        elif not pipeline.busy:
            pipeline.start_next(batch)

    def _drop(self, pipeline: Pipeline, batch: _SmtpBatch, reason: str) -> None:
        self._unwatch(pipeline)
        pipeline.connection.socket.close()
        if pipeline in self._pipelines:
            self._pipelines.remove(pipeline)
        batch.connection_lost(pipeline, self._server.redact(reason))

    def _drop_closed(self) -> None:
        """Drop kept connections that are not usable: unread data on an idle one means the server has closed it."""
        for pipeline in self._pipelines:
            self._watch(pipeline)
        unread = {key.data for key, _ in self._selector.select(0)}
        for pipeline in list(self._pipelines):
            if pipeline in unread or pipeline.connection.buffer or pipeline.has_buffered_data():
                self._pipelines.remove(pipeline)
                self._unwatch(pipeline)
                pipeline.connection.socket.close()


class _SmtpBatch:
    """A batch in progress: pending messages, results, errors."""

    def __init__(self, messages: Sequence[Outgoing], server: SmtpServer, pacer: Pacer | None) -> None:
        self._server = server
        self._pacer = pacer
        self._results: list[SendResult | None] = [None] * len(messages)
        self._sender_refused: list[SendResult] = []
        self._payload_started = False
        self._accepted = self._accepted_again = 0
        self._next_at = 0.0
        self.pending: deque[MailTransaction] = deque(
            MailTransaction(index, message) for index, message in enumerate(messages)
        )
        self.losses = 0
        self.connection_limit_reached = False
        self.error: Unreachable | None = None

    @property
    def is_over(self) -> bool:
        """No further message of the batch may begin."""
        return self._pacer is not None and self._pacer.is_over

    def seconds_until_next(self) -> float:
        """Return for how long the pacer has refused the next message."""
        return max(0.0, self._next_at - time.monotonic()) if self._next_at else 0.0

    def take(self) -> MailTransaction | None:
        """Return the next message if one may begin now."""
        if not self.pending or self.seconds_until_next() > 0:
            return None
        self._next_at = 0.0
        if self._pacer is not None:
            if self._pacer.is_over:
                return None
            seconds = self._pacer.acquire(self.pending[0].message.key)
            if seconds > 0:
                self._next_at = time.monotonic() + seconds
                return None
        return self.pending.popleft()

    def put_back(self, transaction: MailTransaction, kind: SlowdownKind, reply: SmtpReply) -> bool:
        """The server turned a message away because of our pace. Return whether it will be sent again in this batch."""
        if self._pacer is None:
            return False
        now = time.monotonic()
        if not transaction.turned_away:
            transaction.accepted_before, transaction.accepted_again_before = (
                self._accepted,
                self._accepted_again,
            )
        if now >= transaction.turned_away_at + _ONE_COMPLAINT_SECONDS:
            transaction.turned_away, transaction.turned_away_at = transaction.turned_away + 1, now
        limits_pace = self._accepted_again > transaction.accepted_again_before
        limit = _MAX_PUT_BACK_BY_PACE if limits_pace else _MAX_PUT_BACK
        if transaction.turned_away > limit and self._accepted >= transaction.accepted_before + limit:
            return False
        self._pacer.release(transaction.message.key, accepted=False)
        self._slow_down(kind, f"{reply.code} {' '.join(reply.text.split())}")
        # Last, so that another message shows whether it was this one's fault.
        self.pending.append(transaction)
        self.losses = 0
        return True

    def _slow_down(self, kind: SlowdownKind, text: str) -> None:
        assert self._pacer is not None  # asked by the callers
        self._pacer.slow_down(kind, self._server.redact(text)[:300])

    def set_result(self, transaction: MailTransaction, result: SendResult, *, stage: SmtpStage) -> None:
        """Store the one result of a message."""
        if self._pacer is not None:
            accepted = result.outcome is SendOutcome.ACCEPTED
            self._accepted += accepted
            self._accepted_again += accepted and transaction.turned_away > 0
            self._pacer.release(transaction.message.key, accepted=accepted)
        if self._results[transaction.index] is None:
            if result.outcome is not SendOutcome.ACCEPTED:
                result = result._replace(text=self._server.redact(result.text))
            self._results[transaction.index] = result
            if (
                stage is SmtpStage.MAIL
                and result.outcome is SendOutcome.REFUSED
                and not result.code.startswith("552")
            ):
                self._sender_refused.append(result)
        self.losses = 0

    def connection_lost(self, pipeline: Pipeline, reason: str) -> None:
        """Decide what happens to the messages of a lost connection: again, deferred or unknown."""
        asked_for_less = pipeline.slowdown if self._pacer is not None else None
        if asked_for_less is not None:
            self._slow_down(asked_for_less, reason)
        else:
            self.losses += 1
        self.error = self.error or Unreachable(reason, code="busy" if asked_for_less else "lost")
        again = []
        for transaction in pipeline.transactions():
            if self._pacer is not None:
                self._pacer.release(transaction.message.key, accepted=False)
            self._payload_started = self._payload_started or transaction.payload_started
            is_complete = (
                transaction.payload_end is not None and pipeline.sent_bytes >= transaction.payload_end
            )
            if asked_for_less and not is_complete:
                # The server closed because of another message, before it had all of this one.
                again.append(transaction)
            elif not transaction.payload_started and transaction.retries < _MAX_RETRIES:
                transaction.retries += 1
                again.append(transaction)
            elif is_complete:
                self._set_undelivered(transaction, SendOutcome.UNKNOWN, reason)
            else:
                self._set_undelivered(transaction, SendOutcome.DEFERRED, reason)
        self.pending.extendleft(reversed(again))

    def leave_pending(self) -> None:
        """Leave all pending messages unsent: the time is over, or no connection is left and none can be opened."""
        for transaction in self.pending:
            text = self.error.text if self.error and not self.is_over else ""
            self._set_undelivered(transaction, SendOutcome.NOT_SENT, text)
        self.pending.clear()

    def _set_undelivered(self, transaction: MailTransaction, outcome: SendOutcome, reason: str) -> None:
        if self._results[transaction.index] is None:
            self._results[transaction.index] = SendResult(
                key=transaction.message.key, outcome=outcome, text=reason[:300]
            )

    def results(self) -> list[SendResult]:
        """Return the results. Raises Unreachable when nothing of the batch was sent."""
        results = [result for result in self._results if result is not None]
        if results and len(self._sender_refused) == len(results):
            first = self._sender_refused[0]
            code = "relay_denied" if first.code.startswith("530") else "sender_refused"
            raise Unreachable(f"{first.code} {first.text}", code=code, permanent=True)
        if self.is_over:
            return results
        untouched = all(
            result.outcome in (SendOutcome.DEFERRED, SendOutcome.NOT_SENT) and not result.code
            for result in results
        )
        if results and untouched and not self._payload_started and self.error is not None:
            raise self.error
        return results
