"""A few compile processes, started when they are needed, each used by one thread at a time."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any, Final

from quen.apps.content.compiling.framing import IDLE_SECONDS, receive, send
from quen.apps.content.types import CompilersBusy, ContentTooComplex

log = logging.getLogger(__name__)

_CHILD_MODULE: Final = "quen.apps.content.compiling.child"
_JOBS: Final = 4


class CompilerProcesses:
    """Runs actions of the compile process under a deadline; a process that dies or hangs is replaced.

    size: processes at most.  deadline_seconds: for one action of a page; a job has four times as long, because a
    refusal would stop a dispatch.  patience_seconds: how long a page waits for a free process.  waiting: how many pages
    may wait at once.
    """

    def __init__(
        self,
        *,
        size: int,
        deadline_seconds: float,
        patience_seconds: float,
        waiting: int,
        child: str = _CHILD_MODULE,
    ) -> None:
        self._deadline_seconds = deadline_seconds
        self._patience_seconds, self._child = patience_seconds, child
        self._free = threading.Semaphore(size)
        self._places = threading.BoundedSemaphore(size + waiting)
        self._idle: list[_Process] = []
        self._lock = threading.Lock()

    def run(self, action: str, arguments: dict[str, Any], *, impatient: bool) -> tuple[str, Any]:
        """Return what the compile process replies.

        impatient: for a page, whose thread others need; refused at once when too many wait already.
        Raises CompilersBusy, and ContentTooComplex when the process died or the deadline passed.
        """
        if not impatient:
            with self._free:
                return self._run_in_a_process(action, arguments, _JOBS * self._deadline_seconds)
        if not self._places.acquire(blocking=False):
            raise CompilersBusy()
        try:
            if not self._free.acquire(timeout=self._patience_seconds):
                raise CompilersBusy()
            try:
                return self._run_in_a_process(action, arguments, self._deadline_seconds)
            finally:
                self._free.release()
        finally:
            self._places.release()

    def close(self) -> None:
        """End the idle processes."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.close()

    def _run_in_a_process(self, action: str, arguments: dict[str, Any], seconds: float) -> tuple[str, Any]:
        message = pickle.dumps((seconds, action, arguments), protocol=pickle.HIGHEST_PROTOCOL)
        process = self._take()
        try:
            reply = process.ask(message, until=time.monotonic() + seconds + process.start_seconds)
        except (OSError, EOFError, pickle.UnpicklingError) as failure:
            # TimeoutError is an OSError.
            log.warning("compile process %d ended: %r", process.pid, failure)
            process.close()
            raise ContentTooComplex() from failure
        except BaseException:
            process.close()
            raise
        with self._lock:
            self._idle.append(process)
        return reply

    def _take(self) -> _Process:
        while True:
            with self._lock:
                process = self._idle.pop() if self._idle else None
            if process is None:
                return _Process(self._child)
            if process.is_fresh():
                return process
            process.close()


class _Process:
    """A running compile process. start_seconds: what its first answer may take longer."""

    def __init__(self, module: str) -> None:
        self.start_seconds = 30.0
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", module],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                },
            )
        self.pid = self._popen.pid
        self._asked_at = time.monotonic()

    def is_fresh(self) -> bool:
        """Return whether the process runs and is not about to end by itself, as it does when nothing is asked."""
        return self._popen.poll() is None and time.monotonic() - self._asked_at < IDLE_SECONDS / 2

    def ask(self, message: bytes, *, until: float) -> tuple[str, Any]:
        """Send a request and return the reply. Raises OSError, EOFError, TimeoutError."""
        self._asked_at = time.monotonic()
        self._socket.settimeout(max(0.1, until - time.monotonic()))
        send(self._socket, message)
        reply: tuple[str, Any] = pickle.loads(receive(self._socket, until=until))  # noqa: S301  # from our child
        self.start_seconds = 0.0
        return reply

    def close(self) -> None:
        """End the process."""
        with suppress(OSError):
            self._socket.close()
        with suppress(ProcessLookupError):
            self._popen.send_signal(signal.SIGKILL)
        self._popen.wait()
