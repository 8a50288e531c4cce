"""The render subprocess, spawned fresh so that it inherits no connection, and never outliving its parent for long."""

from __future__ import annotations

import atexit
import os
import pickle
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import IO, TYPE_CHECKING, Final, cast

from quen.apps.channels.types import RemoteReport
from quen.apps.delivery.rendering.render import MessageRenderer
from quen.apps.delivery.rendering.types import (
    LENGTH,
    READY,
    Leave,
    Recipient,
    RenderBatch,
    RenderJob,
    RenderResult,
    SendOrder,
    Silence,
)

if TYPE_CHECKING:
    from quen.apps.channels.types import RemoteSession

_READ_BYTES: Final = 1 << 20
_CHILD_MODULE = "quen.apps.delivery.rendering.child"
#: a wait for the provider that is longer keeps nobody else from sending
_SHORT_WAIT_SECONDS: Final = 0.2
#: for a batch on its way, and for taking leave of the provider
_LEAVE_SECONDS: Final = 2.0


_REST_SECONDS: Final = 30.0
_MOST_AT_REST: Final = 2


class _Resting:
    """Subprocesses without work: the next turn takes one over instead of waiting half a second for a new one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._timer: threading.Timer | None = None

    def take(self) -> subprocess.Popen[bytes] | None:
        """Return one that still runs."""
        with self._lock:
            while self._processes:
                process = self._processes.pop()
                if process.poll() is None:
                    return process
                _end(process)
        return None

    def add(self, process: subprocess.Popen[bytes]) -> bool:
        """Let one rest for a while; False when there are enough."""
        with self._lock:
            if len(self._processes) >= _MOST_AT_REST:
                return False
            self._processes.append(process)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(_REST_SECONDS, self.end_all)
            self._timer.daemon = True
            self._timer.start()
            return True

    def end_all(self) -> None:
        """End all that rest."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            processes, self._processes = self._processes, []
        for process in processes:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a subprocess; a batch on its way has a moment to get there."""
    with suppress(OSError):
        cast("IO[bytes]", process.stdin).close()
    try:
        process.wait(_LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    cast("IO[bytes]", process.stdout).close()


resting = _Resting()
atexit.register(resting.end_all)


class NothingSent(Exception):
    """The subprocess has ended before it could be given the batch."""


def _tell(process: subprocess.Popen[bytes], what: RenderBatch | Leave) -> None:
    pipe = cast("IO[bytes]", process.stdin)
    pipe.write(pickle.dumps(what, protocol=pickle.HIGHEST_PROTOCOL))
    pipe.flush()


class RenderProcess:
    """Renders one batch at a time in a subprocess, or in this process when ``in_subprocess`` is false or it has failed.

    Call ``submit`` and ``collect`` alternately. With a session for it, the subprocess also sends: call ``start``, and
    once it ``is_ready``, ``send`` and ``report`` alternately. It ends with ``close``, or when its pipe closes.
    """

    def __init__(self, *, in_subprocess: bool, session: RemoteSession | None = None) -> None:
        self._in_subprocess, self._session = in_subprocess, session
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = self._has_session = False
        self._received = bytearray()
        self._unanswered = 0
        self._sent_jobs: set[int] = set()
        self._batch: tuple[RenderJob, Sequence[Recipient]] | None = None
        self._here: tuple[RenderJob, MessageRenderer] | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is a subprocess to close."""
        return self._process is not None

    @property
    def can_send(self) -> bool:
        """Whether batches can be sent from the subprocess, once it is ready."""
        return self._in_subprocess and self._session is not None

    @property
    def is_ready(self) -> bool:
        """Whether the subprocess has started and can be used without waiting for it."""
        if self._process is not None and not self._is_ready:
            pipe = cast("IO[bytes]", self._process.stdout).fileno()
            if select.select([pipe], [], [], 0)[0]:
                self._is_ready = os.read(pipe, len(READY)) == READY
                if not self._is_ready:
                    self._fall_back()
        return self._is_ready

    def start(self) -> None:
        """Start the subprocess without waiting for it."""
        if self._in_subprocess:
            self._started()

    def submit(self, job: RenderJob, recipients: Sequence[Recipient]) -> None:
        """Submit a batch for rendering."""
        self._batch = (job, recipients)
        if not self._in_subprocess:
            return
        try:
            self._write(job, recipients)
        except OSError:
            self._fall_back()

    def collect(self) -> list[RenderResult]:
        """Return the messages of the batch submitted last."""
        assert self._batch is not None
        job, recipients = self._batch
        self._batch = None
        if self._process is not None:
            try:
                return cast("list[RenderResult]", self._read())
            except (OSError, EOFError, pickle.UnpicklingError):
                self._fall_back()
        return self.render_here(job, recipients)

    def render_here(self, job: RenderJob, recipients: Sequence[Recipient]) -> list[RenderResult]:
        """Return messages rendered in this process."""
        if self._here is None or self._here[0] is not job:
            self._here = (job, MessageRenderer(job))
        return self._here[1].render_all(recipients)

    def send(
        self, job: RenderJob, recipients: Sequence[Recipient], *, connections: int, deadline: float
    ) -> None:
        """Have a batch rendered and sent. Raises NothingSent."""
        order = SendOrder(None if self._has_session else self._session, connections, deadline)
        try:
            self._write(job, recipients, order)
        except OSError as error:
            self._fall_back()
            raise NothingSent() from error
        self._has_session = True

    def report(
        self,
        *,
        waiting: Callable[[], AbstractContextManager[None]],
        on_silence: Callable[[float], None],
    ) -> RemoteReport:
        """Wait for the end of the batch sent last, and return what became of it.

        waiting: surrounds a long wait.  on_silence: called while the provider does not reply.
        """
        while True:
            try:
                answer = self._read(waiting=waiting)
            except (OSError, EOFError, pickle.UnpicklingError):
                self._fall_back()
                return RemoteReport((), failure="the process that sends has ended")
            if isinstance(answer, RemoteReport):
                return answer
            on_silence(cast("Silence", answer).seconds)

    def disconnect(self) -> None:
        """Have the subprocess close its session, until something is to be sent again."""
        process = self._process
        if process is None or not self._has_session:
            return
        self._has_session = False
        try:
            _tell(process, Leave.PROVIDER)
        except OSError:
            self._fall_back()

    def close(self) -> None:
        """Let the subprocess rest if it has nothing on its way, else end it."""
        if self._process is None:
            return
        process, self._process = self._process, None
        may_rest = self._is_ready and not self._unanswered
        self._is_ready = self._has_session = False
        self._unanswered = 0
        self._received.clear()
        self._sent_jobs.clear()
        rests = False
        if may_rest:
            with suppress(OSError):
                _tell(process, Leave.EVERYTHING)
                rests = resting.add(process)
        if not rests:
            _end(process)

    def _write(self, job: RenderJob, recipients: Sequence[Recipient], order: SendOrder | None = None) -> None:
        known = job.key in self._sent_jobs
        _tell(self._started(), RenderBatch(job.key, None if known else job, list(recipients), order))
        self._unanswered += 1
        self._sent_jobs.add(job.key)

    def _read(self, *, waiting: Callable[[], AbstractContextManager[None]] | None = None) -> object:
        """Return the next answer. Raises EOFError when the subprocess has ended."""
        pipe = cast("IO[bytes]", self._started().stdout).fileno()
        while (answer := self._next_answer()) is None:
            if waiting is not None and not select.select([pipe], [], [], _SHORT_WAIT_SECONDS)[0]:
                with waiting():
                    select.select([pipe], [], [])
            data = os.read(pipe, _READ_BYTES)
            if not data:
                raise EOFError()
            self._received += data
        result: object = pickle.loads(answer)  # noqa: S301  # from our subprocess only
        self._unanswered -= not isinstance(result, Silence)
        return result

    def _next_answer(self) -> bytes | None:
        received = self._received
        if not self._is_ready and received:
            del received[: len(READY)]
            self._is_ready = True
        if len(received) < LENGTH.size:
            return None
        end = LENGTH.size + LENGTH.unpack_from(received)[0]
        if len(received) < end:
            return None
        answer = bytes(received[LENGTH.size : end])
        del received[:end]
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = resting.take()
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _CHILD_MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Large enough for a batch, so that the child need not wait until it is collected.
                pipesize=1 << 20,
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                },
            )
        return self._process

    def _fall_back(self) -> None:
        self._is_ready = False  # it does not rest
        self.close()
        self._in_subprocess = False
