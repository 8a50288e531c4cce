"""How fast messages may begin: an even pace, and a rate found from a server's replies. Pure; callers pass the instant.

Instants are seconds of one monotonic clock.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from quen.apps.channels.types import SlowdownKind

#: a message that began arrives at the latest after this; until its reply comes, nobody knows when it did
_ARRIVAL_SECONDS: Final = 0.5
#: so much of a short delay may be made up for: waking up late and working between batches must not lower the rate
_CATCH_UP_SECONDS: Final = 0.1
_SHORT_DELAY_SECONDS: Final = 1.0


class EvenPace:
    """Messages begin evenly, and never more than the rate arrive in any second, however long their replies take.

    A rate below one is kept over the time of one message.
    """

    def __init__(self, rate: float) -> None:
        self._next_at = 0.0
        self._begun: dict[object, float] = {}
        #: instants by which messages have arrived
        self._arrived: deque[float] = deque()
        self.rate = 0.0
        self.change(rate)

    def change(self, rate: float) -> None:
        """Keep another rate from now on."""
        if rate == self.rate:
            return
        if self.rate:
            self._next_at += 1 / rate - 1 / self.rate
        self.rate = rate
        self._window = max(1.0, 1 / rate)
        self._most = max(1, math.ceil(rate * self._window - 1e-9))

    def seconds_until_next(self, now: float) -> float:
        """Return after how many seconds the next message may begin, 0 for now."""
        even = self._next_at - now
        return max(0.0, even, self._seconds_until_fewer(now))

    def begin(self, key: object, now: float) -> None:
        """A message begins."""
        late = now - self._next_at
        made_up_for = (
            min(late, _CATCH_UP_SECONDS, 0.5 / self.rate + 0.02) if late < _SHORT_DELAY_SECONDS else 0.0
        )
        self._next_at = now - made_up_for + 1 / self.rate
        self._begun[key] = now

    def end(self, key: object, now: float) -> None:
        """A message that began has its reply, or none will come."""
        begun_at = self._begun.pop(key, None)
        if begun_at is not None:
            self._arrived.append(min(now, begun_at + _ARRIVAL_SECONDS))

    def _seconds_until_fewer(self, now: float) -> float:
        since = now - self._window
        while self._arrived and self._arrived[0] <= since:
            self._arrived.popleft()
        if len(self._arrived) + len(self._begun) < self._most:
            return 0.0
        latest = [*self._arrived, *(min(now, at + _ARRIVAL_SECONDS) for at in self._begun.values())]
        recent = sorted(at for at in latest if at > since)
        if len(recent) < self._most:
            return 0.0
        return max(0.001, recent[-self._most] - since)


#: the pause after the first complaint: the second of which the server has had enough
_FIRST_PAUSE_SECONDS: Final = 1.0
_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 60.0
_QUOTA_PAUSE_SECONDS: Final = 30.0
#: a server that took a burst may take less in the long run: the rate found from it is not trusted for so long
_UNSURE_SECONDS: Final = 3.0
_LOWEST_RATE: Final = 0.2
#: nothing that one process does reaches it
_UNLIMITED_RATE: Final = 1_000.0
#: a server is not asked for more sooner than so many seconds after it complained
_QUIET_SECONDS: Final = 10.0
_CONNECTION_QUIET_SECONDS: Final = 30.0


@dataclass
class FoundPace:
    """The rate and the connections that a server turned out to take: less after a complaint, then slowly more.

    rate: messages per second to keep, None without a limit.  measured: what the server took in the second before its
    last complaint, or has taken since.  connections: as many may be open, None without a limit.
    """

    rate: float | None = None
    measured: float | None = None
    connections: int | None = None
    paused_until: float = 0.0
    _accepted: deque[float] = field(default_factory=deque)
    _complained_at: float = -math.inf
    _fewer_connections_at: float = -math.inf
    _grown_at: float = -math.inf
    _complaints_in_a_row: int = 0
    _is_first: bool = False
    #: the rate that brought the last complaint
    _ceiling: float = 0.0

    def accept(self, now: float) -> None:
        """The server accepted a message. Raise the rate when it has been quiet for a while."""
        self._accepted.append(now)
        while self._accepted[0] <= now - 1.0:
            self._accepted.popleft()
        self._complaints_in_a_row = 0
        if self._is_first and now < self._complained_at + 1.0:
            # Replies to the burst that brought the complaint are still coming in: they say what the server takes.
            self._measure(now)
        elif self.rate is not None and now - self._grown_at >= 1.0:
            self._grown_at = max(self._grown_at + 1.0, now - 1.0)
            self._grow(now)
        if self.connections is not None and now - self._fewer_connections_at >= _CONNECTION_QUIET_SECONDS:
            self.connections, self._fewer_connections_at = self.connections + 1, now

    def complain(self, kind: SlowdownKind, *, open_connections: int, now: float) -> None:
        """The server asked for less. Replies to messages that began before the last change only repeat it."""
        if kind is SlowdownKind.SESSION:
            return
        if now < self._complained_at + 1.0:
            return
        if kind is SlowdownKind.CONNECTIONS and open_connections > 1:
            self._complained_at = self._fewer_connections_at = now
            self.connections = max(1, open_connections // 2)
            self._pause(_PAUSE_SECONDS, now)
            return
        self._slow_down(now)
        if kind is SlowdownKind.QUOTA:
            self._pause(_QUOTA_PAUSE_SECONDS, now)

    def load(self, *, measured: float | None, connections: int | None, now: float) -> None:
        """Start with what was found before."""
        self.measured, self.connections = measured, connections
        self.rate = None if measured is None else max(_LOWEST_RATE, 0.95 * measured)
        self._complained_at = self._fewer_connections_at = self._grown_at = now

    def _slow_down(self, now: float) -> None:
        is_unsure = self._is_first and now < self._complained_at + _UNSURE_SECONDS
        self._is_first = self.rate is None or is_unsure
        if self.rate is None or is_unsure:
            self._measure(now)
            pause = _FIRST_PAUSE_SECONDS
        else:
            taken, self._ceiling = self._taken(now), self.rate
            half = 0.5 * self.rate
            self.rate = max(_LOWEST_RATE, min(0.95 * self.rate, max(half, 0.95 * taken)))
            self.measured = max(taken, self.rate / 0.95) if taken > half else self.rate / 0.95
            pause = _PAUSE_SECONDS
        self._complaints_in_a_row += 1
        if self._complaints_in_a_row > 1:
            pause = min(_LONGEST_PAUSE_SECONDS, 0.5 * 2.0**self._complaints_in_a_row)
        self._complained_at = self._grown_at = now
        self._pause(pause, now)

    def _taken(self, now: float) -> float:
        return float(sum(at > now - 1.0 for at in self._accepted))

    def _measure(self, now: float) -> None:
        self.measured = self._ceiling = max(1.0, self._taken(now))
        self.rate = 0.95 * self.measured

    def _pause(self, seconds: float, now: float) -> None:
        self.paused_until = max(self.paused_until, now + seconds)

    def _grow(self, now: float) -> None:
        assert self.rate is not None
        quiet = now - self._complained_at
        if self.rate < 0.9 * self._ceiling:
            self.rate *= 1.15
        elif quiet >= _QUIET_SECONDS:
            self.rate *= 1.02 if quiet < 20 else 1.05 if quiet < 40 else 1.15
        self.measured = max(self.measured or 0.0, self.rate)
        if self.rate >= _UNLIMITED_RATE:
            self.rate = self.measured = None
