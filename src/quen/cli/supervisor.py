"""Keeps the processes of Quen running and ends them all when it ends itself.

Every process has its own session, so that Ctrl-C in the terminal reaches only the supervisor. The kernel ends them with
the supervisor (PR_SET_PDEATHSIG), so even `kill -9` of the supervisor leaves nothing behind. A process that ends is
restarted, with a longer delay each time it ends early.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from quen.cli.i18n import _
from quen.core import postgres
from quen.core.postgres.processes import die_with_parent, send_signal, wait_for_end

MIN_RESTART_DELAY_SECONDS, MAX_RESTART_DELAY_SECONDS = 0.5, 30.0
#: a process that lived this long is stable; its next restart delay is the shortest again
STABLE_SECONDS = 60
STOP_SECONDS = 20
#: processes that start after the web process wait no longer than this for it
WEB_FIRST_SECONDS = 15
_TICK_SECONDS, _MAX_WAIT_SECONDS = 0.1, 5.0
#: tells a process the id of its supervisor
SUPERVISOR_PID = "QUEN_SUPERVISOR_PID"


class ShutdownRequested(BaseException):
    """Raised when the supervisor should end: Ctrl-C, SIGTERM, or a closed terminal."""


@dataclass
class ManagedProcess:
    """One process to keep running, and its state.

    start_after_web: is started once the web process responds, so that pages come first on a small machine.
    """

    name: str
    command: Sequence[str]
    start_after_web: bool = False
    popen: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_delay_seconds: float = MIN_RESTART_DELAY_SECONDS
    restart_at: float = 0.0

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the process in its own session; it ends when the supervisor ends."""
        self.started_at = time.monotonic()
        self.popen = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            env={**environment, SUPERVISOR_PID: str(os.getpid())},
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )

    def poll_exit_code(self) -> int | None:
        """Return the exit code of a process that ended, after killing the rest of its session; otherwise None."""
        if self.popen is None:
            return None
        # WNOWAIT: until the process is reaped, its id, which names the session, can't be reused.
        if os.waitid(os.P_PID, self.popen.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        self._kill_session()
        code = self.popen.wait()
        self.popen = None
        return code

    def schedule_restart(self) -> float:
        """Schedule the next start. Return the seconds until then."""
        if time.monotonic() - self.started_at > STABLE_SECONDS:
            self.restart_delay_seconds = MIN_RESTART_DELAY_SECONDS
        delay = self.restart_delay_seconds
        self.restart_at = time.monotonic() + delay
        self.restart_delay_seconds = min(delay * 2, MAX_RESTART_DELAY_SECONDS)
        return delay

    def stop(self) -> None:
        """End the process and everything in its session."""
        if self.popen is None:
            return
        # Not with Popen: it would reap a process that has ended, whose session must still be killed.
        send_signal(self.popen.pid, signal.SIGTERM)
        limit = time.monotonic() + STOP_SECONDS
        while self.poll_exit_code() is None and self.popen is not None:
            if time.monotonic() > limit:
                self._kill_session()
            time.sleep(0.02)

    def _kill_session(self) -> None:
        if self.popen is not None:
            try:
                os.killpg(self.popen.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


@dataclass
class Supervisor:
    """Web, workers and database of one home.

    cluster: None for an external database.  web_address: host and port of the web process.
    on_ready: called once, when the web process responds for the first time.
    """

    processes: Sequence[ManagedProcess]
    environment: Mapping[str, str]
    cluster: postgres.Cluster | None = None
    web_address: tuple[str, int] | None = None
    on_ready: Callable[[], None] = lambda: None
    report: Callable[[str], None] = print
    _is_ready: bool = False
    _database: ManagedProcess = field(default_factory=lambda: ManagedProcess("database", ()))
    _started_at: float = 0.0

    def run(self) -> None:
        """Keep everything running until ShutdownRequested is raised; then stop the processes in order.

        The database is stopped after them, by the caller's ``postgres.running``.
        """
        try:
            self._started_at = self._database.started_at = time.monotonic()
            while True:
                self._check_database()
                for process in self.processes:
                    self._check(process)
                if not self._is_ready and (self.web_address is None or responds(*self.web_address)):
                    self._is_ready = True
                    self.on_ready()
                self._wait()
        finally:
            ignore_signals()
            for process in self.processes:
                process.stop()

    def _wait(self) -> None:
        """Sleep until a process ends, one is due, or a few seconds have passed; polling ten times a second uses CPU."""
        pids = [process.popen.pid for process in self.processes if process.popen is not None]
        database = self.cluster.pid() if self.cluster else None
        if (
            not self._is_ready
            or len(pids) < len(self.processes)
            or (self.cluster is not None and database is None)
        ):
            time.sleep(_TICK_SECONDS)
            return
        wait_for_end([*pids, *([database] if database else [])], _MAX_WAIT_SECONDS)

    def _check(self, process: ManagedProcess) -> None:
        code = process.poll_exit_code()
        if code is not None:
            delay = process.schedule_restart()
            self.report(
                _("%(process)s ended (%(code)d) and restarts in %(delay).1f s.")
                % {"process": process.name, "code": code, "delay": delay}
            )
        starting = time.monotonic() - self._started_at < WEB_FIRST_SECONDS
        waiting = process.start_after_web and starting and not self._is_ready
        if process.popen is None and not waiting and time.monotonic() >= process.restart_at:
            process.start(self.environment)

    def _check_database(self) -> None:
        if self.cluster is None or self.cluster.is_running() or time.monotonic() < self._database.restart_at:
            return
        self.report(_("The database ended and is restarting."))
        try:
            self._database.started_at = time.monotonic()
            self.cluster.start(as_child=True)
        except postgres.SetupError as error:
            self.report(_(error.text) % error.params)
            self._database.schedule_restart()
            return
        for process in self.processes:  # processes that ended because of the database can start at once
            process.restart_at, process.restart_delay_seconds = 0.0, MIN_RESTART_DELAY_SECONDS


def responds(host: str, port: int) -> bool:
    """Return whether an HTTP server responds at an address, whatever its status."""
    connection = http.client.HTTPConnection(client_host(host), port, timeout=5)
    try:
        # Ask for a page, not only the port: the first page loads all of Django, so that the first user need not wait.
        connection.request("GET", "/accounts/login/", headers={"Connection": "close"})
        connection.getresponse()
        return True
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def client_host(host: str) -> str:
    """Return the host by which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  # compared, not bound


_SHUTDOWN_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def shutdown_on_signals() -> Iterator[None]:
    """Raise ShutdownRequested in a block on SIGINT, SIGTERM or SIGHUP, and end the block normally."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise ShutdownRequested(number)

    before = {number: signal.signal(number, end) for number in _SHUTDOWN_SIGNALS}
    try:
        yield
    except ShutdownRequested:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_signals() -> None:
    """Ignore further signals while stopping: a second Ctrl-C would interrupt the orderly shutdown."""
    for number in _SHUTDOWN_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def run_and_capture(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a process that ends with this one. Return its exit code and its output."""
    with subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGTERM),
        text=True,
    ) as child:
        try:
            output, _errors = child.communicate()
        except BaseException:
            child.terminate()
            raise
        return child.returncode, output
