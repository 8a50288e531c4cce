"""The pace of a connection, kept together by everything that sends over it: threads, processes, machines.

The set rate and the rate found from the server's replies are kept in this process by ``rules.pace``. What others must
know is in the database: the slots taken of a limited pace, a few messages at a time, and the rate found.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError

from quen.apps.channels.models import Connection
from quen.apps.channels.rules.pace import EvenPace, FoundPace
from quen.apps.channels.types import PaceEvent, SlowdownKind
from quen.core import live, schemas, sql
from quen.core.sql import Relation

log = logging.getLogger(__name__)

#: messages of a limited pace are reserved for so long ahead
_RESERVED_SECONDS: Final = 0.25
_SAVE_SECONDS: Final = 5.0
#: open pages are told about a silent server no more often
_SILENCE_NOTED_SECONDS: Final = 10.0
_TOPIC: Final = "channels"


def pace_key(connection_id: int | None) -> str:
    """Return the key of a connection's slots in the database."""
    return f"connection:{connection_id}"


class _SharedPace:
    """An even pace kept with other processes by slots in the database. Guarded by the state's lock."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._even: EvenPace | None = None
        self._slots, self._slot_at = 0, 0.0

    def seconds_until_next(self, rate: float | None, now: float) -> float:
        if rate is None:
            self._even = None
            return 0.0
        if self._even is None:
            self._even = EvenPace(rate)
        self._even.change(rate)
        seconds = self._even.seconds_until_next(now)
        if seconds:
            return seconds
        if not self._slots or now > self._slot_at + 2 * max(_RESERVED_SECONDS, 1 / rate):
            self._reserve(rate)
        return max(0.0, self._slot_at - time.monotonic())

    def begin(self, key: int, now: float) -> None:
        if self._even is not None:
            self._even.begin(key, now)
            self._slots -= 1
            self._slot_at += 1 / self._even.rate

    def end(self, key: int, now: float) -> None:
        if self._even is not None:
            self._even.end(key, now)

    def _reserve(self, rate: float) -> None:
        self._slots = max(1, int(rate * _RESERVED_SECONDS))
        span = timedelta(seconds=self._slots / rate)
        reservation = Relation(
            # In UTC, where adding a span is immutable, as Citus asks. excluded.next_at is a span from now.
            # A slower pace that was kept before must not hold back a faster one.
            "WITH reserved AS (INSERT INTO channels_sendpace AS p (key, next_at)"
            "  VALUES (%(key)s, statement_timestamp() + %(span)s)"
            "  ON CONFLICT (key) DO UPDATE SET next_at = greatest(excluded.next_at AT TIME ZONE 'UTC',"
            "   least(p.next_at AT TIME ZONE 'UTC', excluded.next_at AT TIME ZONE 'UTC' + 3 * %(span)s) + %(span)s)"
            "   AT TIME ZONE 'UTC'"
            "  RETURNING next_at)"
            " SELECT extract(epoch FROM next_at - %(span)s - statement_timestamp())::float FROM reserved",
            {"key": self._key, "span": span},
        )
        seconds = 0.0
        with _database_may_fail():
            ((seconds,),) = sql.rows(reservation)
        self._slot_at = time.monotonic() + seconds


class _State:
    """What this process knows of a connection's pace, for all its threads."""

    def __init__(self, connection_id: int) -> None:
        self.lock = threading.Lock()
        self.found = FoundPace()
        self.shared = _SharedPace(pace_key(connection_id))
        self.slowed_at: datetime | None = None
        self.saved_at = self.silence_noted_at = -math.inf


@contextmanager
def _database_may_fail() -> Iterator[None]:
    """Keep an error of the database from the batch that is being sent: its results must not be lost for a pace."""
    try:
        yield
    except DatabaseError:
        log.exception("the pace of a connection was not written")


_states: dict[tuple[str, int], _State] = {}
_dispatches: dict[tuple[str, int], _SharedPace] = {}


def reset() -> None:
    """Forget the paces of this process."""
    _states.clear()
    _dispatches.clear()


class ConnectionPacer:
    """The pacer of one sender in one turn; see ``types.Pacer``. Its methods are called by one thread.

    parallel: connections, unless the server wants fewer.  deadline: of the monotonic clock; nothing begins after it.
    waiting: surrounds waits for the server.  on_silence: called while the server does not reply.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        parallel: int,
        deadline: float,
        clock: Callable[[], datetime],
        waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
        on_silence: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._connection_id, self._rate = connection.pk, connection.rate_per_second
        self._parallel, self._deadline, self._clock = parallel, deadline, clock
        self._waiting, self._on_silence = waiting, on_silence
        self._schema = schemas.current()
        self._state = _states.setdefault((self._schema, connection.pk), _State(connection.pk))
        self._dispatch: tuple[_SharedPace, float] | None = None
        self._is_over = False
        self._load(connection)

    def choose(self, dispatch_id: int, rate: float | None) -> None:
        """The next messages are of this dispatch, which has a rate of its own, or None."""
        self._is_over = False
        self._dispatch = None
        if rate:
            key = (self._schema, dispatch_id)
            self._dispatch = (_dispatches.setdefault(key, _SharedPace(f"dispatch:{dispatch_id}")), rate)

    def seconds_until_next(self) -> float:
        """Return after how many seconds the next message of the chosen dispatch may begin."""
        with self._state.lock:
            return self._seconds(time.monotonic())

    @property
    def rate(self) -> float | None:
        """Messages per second of the chosen dispatch, None without a limit."""
        rates = [self._connection_rate(), self._dispatch[1] if self._dispatch else None]
        return min((each for each in rates if each is not None), default=None)

    @property
    def is_found(self) -> bool:
        """The rate is found, not set: a message may be turned away."""
        return self._state.found.rate is not None

    @property
    def connections(self) -> int:
        """How many connections may be open at once."""
        found = self._state.found.connections
        return self._parallel if found is None else min(self._parallel, found)

    @property
    def is_limited(self) -> bool:
        """There is a pace to keep."""
        return self.rate is not None

    @property
    def is_over(self) -> bool:
        """The turn is over, or the next message may only begin after it."""
        return self._is_over or time.monotonic() >= self._deadline

    def acquire(self, key: int) -> float:
        """Let a message begin now and return 0, or return the seconds after which to ask again."""
        state = self._state
        with state.lock:
            now = time.monotonic()
            seconds = self._seconds(now)
            if seconds > 0:
                self._is_over = now + seconds > self._deadline
                return seconds
            state.shared.begin(key, now)
            if self._dispatch is not None:
                self._dispatch[0].begin(key, now)
        return 0.0

    def release(self, key: int, *, accepted: bool) -> None:
        """A message that began has its reply, or its connection is lost."""
        state = self._state
        with state.lock:
            now = time.monotonic()
            state.shared.end(key, now)
            if self._dispatch is not None:
                self._dispatch[0].end(key, now)
            if accepted:
                state.found.accept(now)

    def slow_down(self, kind: SlowdownKind, reply: str) -> None:
        """The server asked for fewer messages or connections: do so at once, and write it down for the others."""
        with self._state.lock:
            is_slower = self._complain(kind, time.monotonic())
        if is_slower:
            self._save(reply=reply)

    def learn(self, events: Sequence[PaceEvent]) -> None:
        """Find the pace from what a session in another process has reported."""
        reply = None
        with self._state.lock:
            for event in events:
                if event.complaint is None:
                    self._state.found.accept(event.at)
                elif self._complain(event.complaint, event.at):
                    reply = event.reply
        if reply is not None:
            self._save(reply=reply)

    def _complain(self, kind: SlowdownKind, now: float) -> bool:
        """Slow down; return whether that changed anything. The caller holds the lock."""
        found = self._state.found
        before = (found.rate, found.connections, found.paused_until)
        found.complain(kind, open_connections=self.connections, now=now)
        if before == (found.rate, found.connections, found.paused_until):
            return False
        self._state.slowed_at = self._clock()
        return True

    def waiting(self) -> AbstractContextManager[None]:
        """Surround a wait for the server."""
        return self._waiting()

    def silent(self, seconds: float) -> None:
        """Note that the server keeps us waiting."""
        self._on_silence(seconds)
        state, now = self._state, time.monotonic()
        if now - state.silence_noted_at >= _SILENCE_NOTED_SECONDS or seconds < _SILENCE_NOTED_SECONDS:
            state.silence_noted_at = now
            self._write({"silent_at": self._clock(), "silent_seconds": seconds})

    def save(self) -> None:
        """Write down the rate found, every few seconds while it grows."""
        if self._state.slowed_at is not None and time.monotonic() - self._state.saved_at >= _SAVE_SECONDS:
            self._save()

    def _save(self, reply: str | None = None) -> None:
        state, now = self._state, time.monotonic()
        state.saved_at = now
        changes: dict[str, object] = {
            "found_rate": state.found.measured,
            "found_connections": state.found.connections if self._is_fewer() else None,
        }
        if reply is not None:
            pause = timedelta(seconds=max(0.0, state.found.paused_until - now))
            slowed_at = state.slowed_at or self._clock()
            changes |= {
                "slowed_at": slowed_at,
                "slowed_until": slowed_at + pause,
                "slowdown_reply": reply[:300],
            }
        self._write(changes)

    def _write(self, changes: Mapping[str, object]) -> None:
        with _database_may_fail():
            Connection.objects.filter(pk=self._connection_id).update(**changes)
            live.publish(_TOPIC)

    def _is_fewer(self) -> bool:
        return self.connections < self._parallel

    def _load(self, connection: Connection) -> None:
        """Take over what another process has found, or what was reset."""
        state = self._state
        with state.lock:
            now, written = time.monotonic(), connection.slowed_at
            if state.slowed_at == written:
                return
            is_newer = written is not None and (state.slowed_at is None or written > state.slowed_at)
            if not is_newer and now - state.saved_at < _SAVE_SECONDS:
                return  # it was read before this process wrote
            state.slowed_at = written
            state.found = FoundPace()
            if connection.slowed_at is not None:
                state.found.load(
                    measured=connection.found_rate, connections=connection.found_connections, now=now
                )
            if connection.slowed_until is not None:
                state.found.paused_until = now + (connection.slowed_until - self._clock()).total_seconds()

    def _connection_rate(self) -> float | None:
        own, found = self._rate, self._state.found.rate
        if own is None or found is None:
            return own if found is None else found
        return min(own, found)

    def _seconds(self, now: float) -> float:
        pause = self._state.found.paused_until - now
        shared = self._state.shared.seconds_until_next(self._connection_rate(), now)
        own = self._dispatch[0].seconds_until_next(self._dispatch[1], now) if self._dispatch else 0.0
        return max(0.0, pause, shared, own)
