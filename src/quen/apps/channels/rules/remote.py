"""A session in another process: it keeps no pace, and reports from what the sender finds one."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from quen.apps.channels.types import (
    Outgoing,
    PaceEvent,
    Pacer,
    RemoteReport,
    SendResult,
    SendSession,
    SlowdownKind,
    Unreachable,
)


class ReportingPacer:
    """Lets everything begin at once until the server complains, and notes when messages were accepted."""

    def __init__(self) -> None:
        self._connections, self._deadline = 1, 0.0
        self._on_silence: Callable[[float], None] | None = None
        self._has_complained = False
        self.events: list[PaceEvent] = []

    def begin(self, *, connections: int, deadline: float, on_silence: Callable[[float], None]) -> None:
        """Begin a batch."""
        self._connections, self._deadline, self._on_silence = connections, deadline, on_silence
        self._has_complained = False
        self.events = []

    @property
    def connections(self) -> int:
        """How many connections may be open at once."""
        return self._connections

    @property
    def is_limited(self) -> bool:
        """There is no pace to keep."""
        return False

    @property
    def is_over(self) -> bool:
        """The turn is over, or the server has complained."""
        return self._has_complained or time.monotonic() >= self._deadline

    def acquire(self, key: int) -> float:
        """Let a message begin now."""
        return 0.0

    def release(self, key: int, *, accepted: bool) -> None:
        """Note an accepted message."""
        if accepted:
            self.events.append(PaceEvent(time.monotonic()))

    def slow_down(self, kind: SlowdownKind, reply: str) -> None:
        """Note a complaint; nothing further begins, unless a new connection is all that is needed."""
        self.events.append(PaceEvent(time.monotonic(), kind, reply))
        self._has_complained = self._has_complained or kind is not SlowdownKind.SESSION

    def waiting(self) -> AbstractContextManager[None]:
        """A wait keeps nobody from anything here."""
        return nullcontext()

    def silent(self, seconds: float) -> None:
        """The server has not replied for so long."""
        if self._on_silence is not None:
            self._on_silence(seconds)


class PacedRemoteSession:
    """A ``RemoteSession`` around the session that ``open_session`` opens with the first batch. Picklable until then."""

    def __init__(self, open_session: Callable[[Pacer], SendSession]) -> None:
        self._open = open_session
        self._pacer = ReportingPacer()
        self._session: SendSession | None = None

    def send(
        self,
        batch: Sequence[Outgoing],
        *,
        connections: int,
        deadline: float,
        on_silence: Callable[[float], None],
    ) -> RemoteReport:
        """Send a batch; every error is part of the report."""
        self._pacer.begin(connections=connections, deadline=deadline, on_silence=on_silence)
        started_at = time.monotonic()
        results: Sequence[SendResult] = ()
        error, failure = None, ""
        try:
            if self._session is None:
                self._session = self._open(self._pacer)
            results = self._session.send(batch)
        except Unreachable as unreachable:
            error = unreachable
        except Exception:
            failure = traceback.format_exc()
            self.close()
        seconds = time.monotonic() - started_at
        return RemoteReport(results, self._pacer.events, error, failure, seconds)

    def close(self) -> None:
        """Close the session; the next batch opens another."""
        session, self._session = self._session, None
        if session is not None:
            session.close()
