"""A session of open connections that share a batch: pipelined, one round trip per message, no threads.

The progress of a message decides what a lost connection means for it. Before its data was started it is sent over
another connection; started but not completed it is deferred; once its last byte was passed to the operating system,
its outcome is unknown.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from quen.apps.channels.adapters.smtp.connection import SmtpConnection, SmtpServer
from quen.apps.channels.adapters.smtp.pipeline import Pipeline
from quen.apps.channels.adapters.smtp.transaction import MailTransaction, SmtpStage
from quen.apps.channels.types import Outgoing, SendOutcome, SendResult, Unreachable

#: connections lost in a row without a single result, after which the rest of the batch is deferred
_MAX_LOSSES = 3
#: times a message may be retried after its connection was lost before its data was started
_MAX_RETRIES = 3


class SmtpSession:
    """Sends batches to one mail server. Used by one thread. Creating it connects or raises Unreachable."""

    def __init__(self, server: SmtpServer, *, parallel: int = 1) -> None:
        self._server = server
        self._parallel = max(1, parallel)
        self._pipelines: list[Pipeline] = [Pipeline(SmtpConnection(server))]
        self._selector = selectors.DefaultSelector()

    def send(self, batch: Sequence[Outgoing]) -> list[SendResult]:
        """Send a batch and return exactly one result per message, in the batch's order.

        Raises Unreachable when nothing was sent: no server answers, or it refuses the sender.
        """
        state = _SmtpBatch(batch, self._server)
        self._pipelines = [pipeline for pipeline in self._pipelines if self._is_open(pipeline)]
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

    def _run(self, batch: _SmtpBatch) -> None:
        for pipeline in self._pipelines:
            pipeline.start_next(batch.pending)
        while batch.pending or any(pipeline.busy for pipeline in self._pipelines):
            self._open_pipelines(batch)
            if not self._pipelines:
                batch.defer_pending()
                return
            self._poll(batch)

    def _open_pipelines(self, batch: _SmtpBatch) -> None:
        """Open missing connections; if none can be opened, keep the reason."""
        while batch.pending and len(self._pipelines) < self._parallel and batch.losses < _MAX_LOSSES:
            if self._pipelines and len(batch.pending) <= sum(
                not pipeline.busy for pipeline in self._pipelines
            ):
                return
            if self._pipelines and batch.connection_limit_reached:
                return
            try:
                pipeline = Pipeline(SmtpConnection(self._server))
            except Unreachable as error:
                if not self._pipelines:
                    batch.error, batch.losses = error, _MAX_LOSSES
                # Some servers allow fewer connections than configured: continue with the open ones.
                batch.connection_limit_reached = True
                return
            self._pipelines.append(pipeline)
            pipeline.start_next(batch.pending)

    def _poll(self, batch: _SmtpBatch) -> None:
        """Wait for the sockets and advance every pipeline that is ready."""
        selector, now = self._selector, time.monotonic()
        busy = [pipeline for pipeline in self._pipelines if pipeline.busy]
        for pipeline in busy:
            selector.register(pipeline.connection.socket, pipeline.selector_events(), pipeline)
        try:
            deadline = min((pipeline.deadline for pipeline in busy), default=now)
            buffered = any(pipeline.has_buffered_data() for pipeline in busy)
            ready = {key.data for key, _ in selector.select(0 if buffered else max(0.0, deadline - now))}
        finally:
            for pipeline in busy:
                selector.unregister(pipeline.connection.socket)
        now = time.monotonic()
        for pipeline in busy:
            if pipeline in ready or pipeline.has_buffered_data():
                self._advance(pipeline, batch)
            elif now >= pipeline.deadline:
                self._drop(pipeline, batch, "no answer in time")

    def _advance(self, pipeline: Pipeline, batch: _SmtpBatch) -> None:
        try:
            still_open = pipeline.advance(batch)
        except (OSError, ValueError) as error:
            self._drop(pipeline, batch, str(error) or type(error).__name__)
            return
        if not still_open:
            self._drop(pipeline, batch, pipeline.last_reply or "the server closed the connection")
        elif not pipeline.busy:
            pipeline.start_next(batch.pending)

    def _drop(self, pipeline: Pipeline, batch: _SmtpBatch, reason: str) -> None:
        pipeline.connection.socket.close()
        if pipeline in self._pipelines:
            self._pipelines.remove(pipeline)
        batch.connection_lost(pipeline, self._server.redact(reason))

    def _is_open(self, pipeline: Pipeline) -> bool:
        """Return whether a kept connection is usable: unread data on an idle one means the server has closed it."""
        with selectors.DefaultSelector() as selector:
            selector.register(pipeline.connection.socket, selectors.EVENT_READ)
            if pipeline.connection.buffer or pipeline.has_buffered_data() or selector.select(0):
                pipeline.connection.socket.close()
                return False
        return True


class _SmtpBatch:
    """A batch in progress: pending messages, results, errors."""

    def __init__(self, messages: Sequence[Outgoing], server: SmtpServer) -> None:
        self._server = server
        self._results: list[SendResult | None] = [None] * len(messages)
        self._sender_refused: list[SendResult] = []
        self._payload_started = False
        self.pending: deque[MailTransaction] = deque(
            MailTransaction(index, message) for index, message in enumerate(messages)
        )
        self.losses = 0
        self.connection_limit_reached = False
        self.error: Unreachable | None = None

    def set_result(self, transaction: MailTransaction, result: SendResult, *, stage: SmtpStage) -> None:
        """Store the one result of a message."""
        if self._results[transaction.index] is None:
            if result.outcome is not SendOutcome.ACCEPTED:
                result = replace(result, text=self._server.redact(result.text))
            self._results[transaction.index] = result
            if (
                stage is SmtpStage.MAIL
                and result.outcome is SendOutcome.REFUSED
                and not result.code.startswith("552")
            ):
                self._sender_refused.append(result)
        self.losses = 0

    def connection_lost(self, pipeline: Pipeline, reason: str) -> None:
        """Decide what happens to the messages of a lost connection: retry, deferred or unknown."""
        self.losses += 1
        self.error = self.error or Unreachable(reason, code="lost")
        retried = []
        for transaction in pipeline.transactions():
            self._payload_started = self._payload_started or transaction.payload_started
            if not transaction.payload_started and transaction.retries < _MAX_RETRIES:
                transaction.retries += 1
                retried.append(transaction)
            elif transaction.payload_end is not None and pipeline.sent_bytes >= transaction.payload_end:
                self._set_undelivered(transaction, SendOutcome.UNKNOWN, reason)
            else:
                self._set_undelivered(transaction, SendOutcome.DEFERRED, reason)
        self.pending.extendleft(reversed(retried))

    def defer_pending(self) -> None:
        """Defer all pending messages: no connection is left and none can be opened."""
        for transaction in self.pending:
            error = self.error
            self._set_undelivered(transaction, SendOutcome.DEFERRED, error.text if error else "")
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
        untouched = all(result.outcome is SendOutcome.DEFERRED and not result.code for result in results)
        if results and untouched and not self._payload_started and self.error is not None:
            raise self.error
        return results
