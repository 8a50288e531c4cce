"""An even pace that is never exceeded, and a rate found from complaints. The clock is the test's."""

from __future__ import annotations

import random
from collections import deque
from itertools import pairwise

import pytest

from quen.apps.channels.rules.pace import EvenPace, FoundPace
from quen.apps.channels.types import SlowdownKind


def arrivals(rate: float, count: int, latency: tuple[float, float], *, lanes: int = 5) -> list[float]:
    """Send so many messages over some connections and return when the server had each."""
    dice, now, pace = random.Random(7), 100.0, EvenPace(rate)
    running: dict[int, tuple[float, float]] = {}
    arrived: list[float] = []
    begun = 0
    while len(arrived) < count:
        for key, (at, replied_at) in list(running.items()):
            if replied_at <= now:
                pace.end(key, now)
                arrived.append(at)
                del running[key]
        while begun < count and len(running) < lanes and pace.seconds_until_next(now) == 0:
            pace.begin(begun, now)
            at = now + dice.uniform(*latency)
            running[begun] = (at, at + dice.uniform(0, 0.01))
            begun += 1
        now += 0.001
    return sorted(arrived)


class TestEvenPace:
    @pytest.mark.parametrize("rate", [0.5, 1, 1.5, 4, 14, 50])
    @pytest.mark.parametrize("latency", [(0.0, 0.002), (0.01, 0.3)])
    def test_never_more_than_the_rate_arrive_in_any_second(
        self, rate: float, latency: tuple[float, float]
    ) -> None:
        at = arrivals(rate, 60, latency)
        most = max(1, round(rate + 0.49))
        assert all(later - earlier > 0.999 for earlier, later in zip(at, at[most:], strict=False))

    @pytest.mark.parametrize("rate", [0.5, 4, 50])
    def test_the_first_messages_are_no_burst(self, rate: float) -> None:
        at = arrivals(rate, 20, (0.0, 0.001))
        assert all(later - earlier > 0.9 / rate - 0.02 for earlier, later in pairwise(at))

    def test_the_rate_is_used(self) -> None:
        at = arrivals(20, 100, (0.001, 0.01))
        assert at[-1] - at[0] < 99 / 20 * 1.1

    def test_replies_that_take_long_lower_the_rate_by_a_third_at_most(self) -> None:
        at = arrivals(2, 20, (5, 5), lanes=20)
        assert at[-1] - at[0] < 19 / 2 * 1.55


class Server:
    """Takes so many messages in any second and complains about the others."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.taken = 0
        self.complaints = 0
        self._last_second: deque[float] = deque()

    def takes(self, now: float) -> bool:
        while self._last_second and self._last_second[0] <= now - 1:
            self._last_second.popleft()
        if len(self._last_second) >= self.rate:
            self.complaints += 1
            return False
        self.taken += 1
        self._last_second.append(now)
        return True


def converse(pace: FoundPace, server: Server, *, seconds: float, now: float = 0.0) -> float:
    """Send as fast as the pace allows, a thousand a second without one; return the time at the end."""
    until, even = now + seconds, EvenPace(1_000)
    while now < until:
        even.change(pace.rate or 1_000)
        if now >= pace.paused_until and even.seconds_until_next(now) == 0:
            even.begin(now, now)
            if server.takes(now):
                pace.accept(now)
            else:
                pace.complain(SlowdownKind.RATE, open_connections=5, now=now)
            even.end(now, now)
        now += 0.001
    return now


class TestFoundPace:
    @pytest.mark.parametrize("rate", [1, 5, 14, 90])
    def test_finds_what_the_server_takes_within_seconds(self, rate: int) -> None:
        pace, server = FoundPace(), Server(rate)
        converse(pace, server, seconds=60)
        assert pace.measured == pytest.approx(rate, rel=0.15, abs=0.5)
        assert server.taken > 60 * rate * 0.8
        assert server.complaints < 20

    @pytest.mark.parametrize("burst", [100, 400])
    def test_a_burst_that_was_taken_is_not_what_a_server_takes(self, burst: int) -> None:
        pace, server = FoundPace(), Server(1_000_000)
        converse(pace, server, seconds=burst / 1000)
        server.rate = 20
        server.complaints = 0
        converse(pace, server, seconds=20, now=burst / 1000)
        assert pace.measured == pytest.approx(20, rel=0.15)
        assert server.complaints < 20

    def test_follows_a_server_that_takes_more_again(self) -> None:
        pace, server = FoundPace(), Server(5)
        now = converse(pace, server, seconds=20)
        server.rate = 40
        now = converse(pace, server, seconds=60, now=now)
        assert pace.rate is not None
        assert pace.rate > 30
        server.rate = 1_000_000
        converse(pace, server, seconds=60, now=now)
        assert pace.rate is None

    def test_a_server_that_takes_nothing_is_asked_less_and_less_often(self) -> None:
        pace, server = FoundPace(), Server(0)
        converse(pace, server, seconds=120)
        assert 3 < server.complaints < 12

    def test_too_many_connections_halve_them_and_keep_the_rate(self) -> None:
        pace = FoundPace()
        pace.complain(SlowdownKind.CONNECTIONS, open_connections=5, now=10)
        assert (pace.connections, pace.rate) == (2, None)
        pace.complain(SlowdownKind.CONNECTIONS, open_connections=2, now=12)
        pace.complain(SlowdownKind.CONNECTIONS, open_connections=1, now=14)
        assert pace.connections == 1
        assert pace.rate is not None

    def test_a_connection_that_has_had_its_share_slows_nothing(self) -> None:
        pace = FoundPace()
        pace.complain(SlowdownKind.SESSION, open_connections=5, now=10)
        assert (pace.connections, pace.rate, pace.paused_until) == (None, None, 0.0)

    def test_a_used_up_quota_pauses(self) -> None:
        pace = FoundPace()
        pace.complain(SlowdownKind.QUOTA, open_connections=5, now=10)
        assert pace.paused_until >= 40
