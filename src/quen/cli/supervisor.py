"""Keeps the parts of Quen alive and ends them all when it ends itself.

Every part has a session of its own, so a Ctrl-C in the terminal reaches only us; and it is tied to us by the
kernel, so even `kill -9` of the supervisor leaves nothing behind. What dies is started again, waiting a
little longer each time it dies young.
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

from quen.cli.words import _
from quen.core import postgres
from quen.core.postgres.processes import die_with_parent, send, wait_for_end

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
#: a part that lived this long had a good start; its next pause is the shortest again
GOOD_LIFE_SECONDS = 60
STOP_SECONDS = 20
#: parts that let the web go first wait no longer than this for its answer
WEB_FIRST_SECONDS = 15
_TICK_SECONDS, _LONGEST_WAIT_SECONDS = 0.1, 5.0
#: tells a part whose child it is meant to be
SUPERVISOR_PID = "QUEN_SUPERVISOR_PID"


class Ended(BaseException):
    """Somebody asked us to end: Ctrl-C, SIGTERM, or the terminal went away."""


@dataclass
class Part:
    """One process to keep alive, and what became of it.

    after_web: is started once the web answers, so that pages come first on a small machine.
    """

    name: str
    command: Sequence[str]
    after_web: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS
    due_at: float = 0.0

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the process in a session of its own, tied to us."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            env={**environment, SUPERVISOR_PID: str(os.getpid())},
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )

    def ended(self) -> int | None:
        """Give the exit code of a process that ended, its session cleared of what was left; else None."""
        if self.process is None:
            return None
        # Not reaped yet: until then its number, which names the session, can't be given to anybody else.
        if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        self._kill_session()
        code = self.process.wait()
        self.process = None
        return code

    def put_off(self) -> float:
        """Plan the next start; give the seconds until then."""
        if time.monotonic() - self.started_at > GOOD_LIFE_SECONDS:
            self.pause_seconds = FIRST_PAUSE_SECONDS
        pause = self.pause_seconds
        self.due_at = time.monotonic() + pause
        self.pause_seconds = min(pause * 2, LONGEST_PAUSE_SECONDS)
        return pause

    def stop(self) -> None:
        """End the process and everything in its session."""
        if self.process is None:
            return
        # Not by Popen: it would reap one that ended already, whose session is still to be cleared.
        send(self.process.pid, signal.SIGTERM)
        limit = time.monotonic() + STOP_SECONDS
        while self.ended() is None and self.process is not None:
            if time.monotonic() > limit:
                self._kill_session()
            time.sleep(0.02)

    def _kill_session(self) -> None:
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


@dataclass
class Supervisor:
    """Web, workers and database of one home.

    cluster: None when the database is somebody else's.  answers_at: host and port where the web part answers.
    on_answer: called once, when it does for the first time.
    """

    parts: Sequence[Part]
    environment: Mapping[str, str]
    cluster: postgres.Cluster | None = None
    answers_at: tuple[str, int] | None = None
    on_answer: Callable[[], None] = lambda: None
    say: Callable[[str], None] = print
    _answered: bool = False
    _database: Part = field(default_factory=lambda: Part("database", ()))
    _began_at: float = 0.0

    def run(self) -> None:
        """Keep everything alive until Ended is raised; then stop the parts in order.

        The database is stopped by whoever holds it (``postgres.hold``), after the parts.
        """
        try:
            self._began_at = self._database.started_at = time.monotonic()
            while True:
                self._look_after_database()
                for part in self.parts:
                    self._look_after(part)
                if not self._answered and (self.answers_at is None or answers(*self.answers_at)):
                    self._answered = True
                    self.on_answer()
                self._wait()
        finally:
            ignore_signals()
            for part in self.parts:
                part.stop()

    def _wait(self) -> None:
        """Sleep until a process ends, one is due, or a moment has passed: looking ten times a second costs."""
        pids = [part.process.pid for part in self.parts if part.process is not None]
        database = self.cluster.pid() if self.cluster else None
        if (
            not self._answered
            or len(pids) < len(self.parts)
            or (self.cluster is not None and database is None)
        ):
            time.sleep(_TICK_SECONDS)
            return
        wait_for_end([*pids, *([database] if database else [])], _LONGEST_WAIT_SECONDS)

    def _look_after(self, part: Part) -> None:
        code = part.ended()
        if code is not None:
            pause = part.put_off()
            self.say(
                _("%(part)s ended (%(code)d); it starts again in %(pause).1f s.")
                % {"part": part.name, "code": code, "pause": pause}
            )
        young = time.monotonic() - self._began_at < WEB_FIRST_SECONDS
        waits = part.after_web and young and not self._answered
        if part.process is None and not waits and time.monotonic() >= part.due_at:
            part.start(self.environment)

    def _look_after_database(self) -> None:
        if self.cluster is None or self.cluster.is_running() or time.monotonic() < self._database.due_at:
            return
        self.say(_("The database ended; it starts again."))
        try:
            self._database.started_at = time.monotonic()
            self.cluster.start(tied=True)
        except postgres.Trouble as trouble:
            self.say(_(trouble.text) % trouble.params)
            self._database.put_off()
            return
        for part in self.parts:  # whatever died for want of it need not wait longer
            part.due_at, part.pause_seconds = 0.0, FIRST_PAUSE_SECONDS


def answers(host: str, port: int) -> bool:
    """Tell whether something speaks HTTP at an address, whatever it says."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=5)
    try:
        # A page, not only the port: the first one loads all of Django's, so that the first person need not wait.
        connection.request("GET", "/accounts/login/", headers={"Connection": "close"})
        connection.getresponse()
        return True
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def reachable(host: str) -> str:
    """Give the address by which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  # compared, not bound


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn the signals that ask us to end into Ended for a block; the block then leaves quietly."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise Ended(number)

    before = {number: signal.signal(number, end) for number in _ENDING}
    try:
        yield
    except Ended:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_signals() -> None:
    """Let nothing cut the stopping short: an impatient second Ctrl-C would leave the rest to the kernel."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def run_to_end(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run one tied process to its end; give its exit code and what it printed."""
    with subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGTERM),
        text=True,
    ) as process:
        try:
            output, _errors = process.communicate()
        except BaseException:
            process.terminate()
            raise
        return process.returncode, output
