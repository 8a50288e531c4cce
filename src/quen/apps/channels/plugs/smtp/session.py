"""A session of kept connections that share a window: pipelined, one round trip a message, no threads.

Where a message stands decides what a lost connection means for it. Before its text was begun it goes to another
connection; once begun but not ended it is deferred; once its end was given to the system nobody knows: uncertain.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from quen.apps.channels.plugs.smtp.job import Job, Stage
from quen.apps.channels.plugs.smtp.lane import Lane
from quen.apps.channels.plugs.smtp.wire import Server, Wire
from quen.apps.channels.types import Outcome, Outgoing, Result, Unreachable

#: connections lost in a row without one message settled, before the rest is left for later
_MOST_LOSSES = 3
#: times a message may come back unharmed from a lost connection
_MOST_TURNS = 3


class SmtpSession:
    """Hands windows over to one mail server. Used by one thread. Opening it reaches the server or raises."""

    def __init__(self, server: Server, *, parallel: int = 1) -> None:
        self._server = server
        self._parallel = max(1, parallel)
        self._lanes: list[Lane] = [Lane(Wire(server))]
        self._selector = selectors.DefaultSelector()

    def send(self, window: Sequence[Outgoing]) -> list[Result]:
        """Hand over a window, each message has exactly one result, in the window's order.

        Raises Unreachable when nothing was handed over: nobody answers, or the server refuses the sender as such.
        """
        hand_over = _HandOver(window, self._server)
        self._lanes = [lane for lane in self._lanes if self._still_there(lane)]
        try:
            self._run(hand_over)
        finally:
            for lane in list(self._lanes):
                if lane.busy:
                    self._drop(lane, hand_over, "interrupted")
        return hand_over.answer()

    def close(self) -> None:
        """Say goodbye on every connection."""
        for lane in self._lanes:
            lane.wire.part()
        self._lanes = []
        self._selector.close()

    def _run(self, work: _HandOver) -> None:
        for lane in self._lanes:
            lane.start(work.waiting)
        while work.waiting or any(lane.busy for lane in self._lanes):
            self._reach(work)
            if not self._lanes:
                work.give_up()
                return
            self._turn(work)

    def _reach(self, work: _HandOver) -> None:
        """Open what connections are missing; without any, learn why."""
        while work.waiting and len(self._lanes) < self._parallel and work.losses < _MOST_LOSSES:
            if self._lanes and len(work.waiting) <= sum(not lane.busy for lane in self._lanes):
                return
            if self._lanes and work.crowded:
                return
            try:
                lane = Lane(Wire(self._server))
            except Unreachable as error:
                if not self._lanes:
                    work.fault, work.losses = error, _MOST_LOSSES
                # Some servers admit fewer connections than we would open: go on with those we have.
                work.crowded = True
                return
            self._lanes.append(lane)
            lane.start(work.waiting)

    def _turn(self, work: _HandOver) -> None:
        """Wait for the sockets and move every lane that can move."""
        selector, now = self._selector, time.monotonic()
        busy = [lane for lane in self._lanes if lane.busy]
        for lane in busy:
            selector.register(lane.wire.socket, lane.wants(), lane)
        try:
            until = min((lane.deadline for lane in busy), default=now)
            pending = any(lane.has_read_ahead() for lane in busy)
            ready = {key.data for key, _ in selector.select(0 if pending else max(0.0, until - now))}
        finally:
            for lane in busy:
                selector.unregister(lane.wire.socket)
        now = time.monotonic()
        for lane in busy:
            if lane in ready or lane.has_read_ahead():
                self._move(lane, work)
            elif now >= lane.deadline:
                self._drop(lane, work, "no answer in time")

    def _move(self, lane: Lane, work: _HandOver) -> None:
        try:
            goes_on = lane.move(work)
        except (OSError, ValueError) as error:
            self._drop(lane, work, str(error) or type(error).__name__)
            return
        if not goes_on:
            self._drop(lane, work, lane.last_words or "the server closed the connection")
        elif not lane.busy:
            lane.start(work.waiting)

    def _drop(self, lane: Lane, work: _HandOver, why: str) -> None:
        lane.wire.socket.close()
        if lane in self._lanes:
            self._lanes.remove(lane)
        work.lost(lane, self._server.hide(why))

    def _still_there(self, lane: Lane) -> bool:
        """A kept connection on which something waits to be read has been closed by the server."""
        with selectors.DefaultSelector() as quick:
            quick.register(lane.wire.socket, selectors.EVENT_READ)
            if lane.wire.buffer or lane.has_read_ahead() or quick.select(0):
                lane.wire.socket.close()
                return False
        return True


class _HandOver:
    """One window on its way: what waits, what is settled, what went wrong."""

    def __init__(self, window: Sequence[Outgoing], server: Server) -> None:
        self._server = server
        self._results: list[Result | None] = [None] * len(window)
        self._sender_refused: list[Result] = []
        self._begun = False
        self.waiting: deque[Job] = deque(Job(place, message) for place, message in enumerate(window))
        self.losses = 0
        self.crowded = False
        self.fault: Unreachable | None = None

    def settle(self, job: Job, result: Result, *, at: Stage) -> None:
        """Keep the one result of a message."""
        if self._results[job.place] is None:
            if result.outcome is not Outcome.ACCEPTED:
                result = replace(result, text=self._server.hide(result.text))
            self._results[job.place] = result
            if at is Stage.MAIL and result.outcome is Outcome.REFUSED and not result.code.startswith("552"):
                self._sender_refused.append(result)
        self.losses = 0

    def lost(self, lane: Lane, why: str) -> None:
        """Sort out the messages of a lost connection."""
        self.losses += 1
        self.fault = self.fault or Unreachable(why, code="lost")
        back = []
        for job in lane.jobs():
            self._begun = self._begun or job.begun
            if not job.begun and job.turns < _MOST_TURNS:
                job.turns += 1
                back.append(job)
            elif job.ends_at is not None and lane.sent >= job.ends_at:
                self._leave(job, Outcome.UNCERTAIN, why)
            else:
                self._leave(job, Outcome.DEFERRED, why)
        self.waiting.extendleft(reversed(back))

    def give_up(self) -> None:
        """No connection is left and none comes: what waits is for later."""
        for job in self.waiting:
            fault = self.fault
            self._leave(job, Outcome.DEFERRED, fault.text if fault else "")
        self.waiting.clear()

    def _leave(self, job: Job, outcome: Outcome, why: str) -> None:
        if self._results[job.place] is None:
            self._results[job.place] = Result(key=job.message.key, outcome=outcome, text=why[:300])

    def answer(self) -> list[Result]:
        """Give the results; raises Unreachable when the whole of the window is as it was before."""
        results = [result for result in self._results if result is not None]
        if results and len(self._sender_refused) == len(results):
            first = self._sender_refused[0]
            code = "relay_denied" if first.code.startswith("530") else "sender_refused"
            raise Unreachable(f"{first.code} {first.text}", code=code, permanent=True)
        untouched = all(result.outcome is Outcome.DEFERRED and not result.code for result in results)
        if results and untouched and not self._begun and self.fault is not None:
            raise self.fault
        return results
