"""Hands claimed batches over to the provider: from this process, or from one of its own beside the database."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError

from quen.apps.channels import services as channels_services
from quen.apps.channels.types import SendOutcome, SendResult, SendSession, Unreachable
from quen.apps.delivery.rendering import (
    RENDER_FAILED,
    NothingSent,
    Recipient,
    RenderFailure,
    RenderJob,
    RenderProcess,
    RenderResult,
    joined,
)
from quen.apps.delivery.services.batches import QueuedMessage

if TYPE_CHECKING:
    from quen.apps.channels.models import Connection
    from quen.apps.channels.services import ConnectionPacer
    from quen.apps.delivery.models import Dispatch

log = logging.getLogger(__name__)

PARALLEL_CONNECTIONS: Final = 5
#: batches in flight at a time, when they are sent by a process of their own: one on its way, one being committed
BATCHES_IN_FLIGHT: Final = 2


@dataclass(frozen=True, slots=True)
class ClaimedBatch:
    """A batch that may be sent."""

    id: int
    job: RenderJob
    dispatch: Dispatch
    recipients: Sequence[Recipient]

    @property
    def messages(self) -> list[QueuedMessage]:
        """Return its messages as they are committed."""
        return [queued_message(each) for each in self.recipients]


@dataclass(frozen=True, slots=True)
class SentBatch:
    """What became of a batch. seconds: how long as many messages took as may be in flight."""

    batch: ClaimedBatch
    results: Sequence[SendResult]
    seconds: float


def queued_message(recipient: Recipient) -> QueuedMessage:
    """Return what committing needs of a recipient."""
    return QueuedMessage(recipient.id, recipient.contact_id, recipient.address, recipient.tries)


class HandOver:
    """Sends one batch at a time. waiting: surrounds long waits for the provider.

    ``send`` works in this process and asks the pacer. ``begin`` leaves a batch to the process that also renders, where
    no pace is kept; ``wait`` returns what became of it, and the pacer learns from the report.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        pacer: ConnectionPacer,
        renderer: RenderProcess,
        waiting: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._connection, self._pacer, self._renderer, self._waiting = connection, pacer, renderer, waiting
        self._session: SendSession | None = None
        self.on_its_way: ClaimedBatch | None = None

    @property
    def has_own_process(self) -> bool:
        """Whether ``begin`` may be used, now or in a moment."""
        return self._renderer.can_send

    @property
    def is_ready(self) -> bool:
        """Whether ``begin`` may be used now: the process needs half a second to start."""
        return self._renderer.can_send and self._renderer.is_ready

    def begin(self, batch: ClaimedBatch, *, deadline: float) -> bool:
        """Have a batch sent; False when there is no process for it. deadline: nothing begins after it."""
        if not self.is_ready:
            return False
        self._close_session()
        try:
            self._renderer.send(
                batch.job, batch.recipients, connections=self._pacer.connections, deadline=deadline
            )
        except NothingSent:
            return False
        self.on_its_way = batch
        return True

    def wait(self) -> SentBatch:
        """Wait for the batch on its way. Raises Unreachable when no byte of it was sent."""
        batch, self.on_its_way = self.on_its_way, None
        assert batch is not None  # the caller has looked
        report = self._renderer.report(waiting=self._waiting, on_silence=self._pacer.silent)
        self._pacer.learn(report.pace)
        if report.error is not None:
            raise report.error
        if report.failure:
            # What was sent is unknown: messages without a result become uncertain.
            self._log_failure(batch, report.failure)
        return SentBatch(batch, report.results, report.seconds * BATCHES_IN_FLIGHT)

    def send(self, batch: ClaimedBatch, rendered: Mapping[int, RenderResult]) -> SentBatch:
        """Send a batch from this process. Raises Unreachable when no byte of it was sent.

        rendered: its messages; empty to render them now.
        """
        started_at = time.monotonic()
        if rendered:
            messages = [rendered[each.id] for each in batch.recipients]
        else:
            messages = self._renderer.render_here(batch.job, batch.recipients)
        results = self._transmit(batch, messages)
        return SentBatch(batch, results, time.monotonic() - started_at)

    def close(self) -> None:
        """Close the session, and the process that renders."""
        if self._renderer.is_running:
            with self._waiting():
                self._renderer.close()
        self._close_session()

    def _close_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with self._waiting():
                session.close()

    def _transmit(self, batch: ClaimedBatch, messages: Sequence[RenderResult]) -> list[SendResult]:
        failed = [
            SendResult(each.key, SendOutcome.REFUSED, RENDER_FAILED, each.error)
            for each in messages
            if isinstance(each, RenderFailure)
        ]
        ready = [joined(batch.job, each) for each in messages if not isinstance(each, RenderFailure)]
        if not ready:
            return failed
        self._renderer.disconnect()  # a server that allows few connections counts those of both processes
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
            self._log_failure(batch, traceback.format_exc())
            session, self._session = self._session, None
            session.close()
            return failed

    def _log_failure(self, batch: ClaimedBatch, text: str) -> None:
        log.error(
            "hand-over on connection %s of dispatch %s: %s", self._connection.pk, batch.dispatch.pk, text
        )
