"""The render subprocess: reads batches from its pipe and renders them, until the pipe closes.

It writes the rendered messages, or sends them itself and writes what became of them.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from quen.apps.channels.types import RemoteReport, SendOutcome, SendResult
from quen.apps.delivery.rendering.render import MessageRenderer, joined
from quen.apps.delivery.rendering.types import (
    LENGTH,
    READY,
    RENDER_FAILED,
    Leave,
    RenderBatch,
    RenderFailure,
    SendOrder,
    Silence,
)

if TYPE_CHECKING:
    from quen.apps.channels.types import RemoteSession
    from quen.apps.delivery.rendering.types import RenderJob, RenderResult


def main() -> None:
    """Render until the parent process closes the pipe or dies."""
    # A signal for the whole group is the parent's to answer: it lets a batch that is being sent end.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # Results go to the original stdout; redirect it so that anything printed cannot corrupt them.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    child = _Child(output)
    try:
        while True:
            told: RenderBatch | Leave = pickle.load(sys.stdin.buffer)  # noqa: S301  # from our parent only
            if isinstance(told, RenderBatch):
                child.work(told)
            else:
                child.leave(told)
    except (EOFError, BrokenPipeError):
        pass
    finally:
        child.leave(Leave.PROVIDER)


class _Child:
    def __init__(self, output: IO[bytes]) -> None:
        self._output = output
        self._jobs: dict[int, tuple[RenderJob, MessageRenderer]] = {}
        self._session: RemoteSession | None = None
        self._say_ready()

    def work(self, batch: RenderBatch) -> None:
        """Render a batch, and send it if that is ordered."""
        if batch.job is not None:
            self._jobs[batch.key] = (batch.job, MessageRenderer(batch.job))
        job, renderer = self._jobs[batch.key]
        rendered = renderer.render_all(batch.recipients)
        self._write(rendered if batch.send is None else self._send(job, rendered, batch.send))

    def leave(self, what: Leave) -> None:
        """Close the session; forget what is known of others' work."""
        session, self._session = self._session, None
        if session is not None:
            session.close()
        if what is Leave.EVERYTHING:
            self._jobs.clear()
            self._say_ready()

    def _send(self, job: RenderJob, rendered: Sequence[RenderResult], order: SendOrder) -> RemoteReport:
        self._session = order.session or self._session
        assert self._session is not None  # it comes with the first order
        failed = [
            SendResult(each.key, SendOutcome.REFUSED, RENDER_FAILED, each.error)
            for each in rendered
            if isinstance(each, RenderFailure)
        ]
        ready = [joined(job, each) for each in rendered if not isinstance(each, RenderFailure)]
        if not ready:
            return RemoteReport(failed)
        report = self._session.send(
            ready,
            connections=order.connections,
            deadline=order.deadline,
            on_silence=lambda seconds: self._write(Silence(seconds)),
        )
        return RemoteReport(
            [*report.results, *failed], report.pace, report.error, report.failure, report.seconds
        )

    def _say_ready(self) -> None:
        self._output.write(READY)
        self._output.flush()

    def _write(self, answer: object) -> None:
        data = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
        self._output.write(LENGTH.pack(len(data)) + data)
        self._output.flush()


if __name__ == "__main__":
    main()
