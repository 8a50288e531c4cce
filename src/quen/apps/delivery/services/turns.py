"""Who may work in a sending process: a few at a time; whoever waits for a server waits outside.

A job takes a *turn* in a *slot*. While it waits for its server, or for the next message of a limited pace, its slot is
free for another. Connections whose servers keep us waiting have a bounded share of the process, and so has each
workspace: what is over it comes again a little later.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.db import connection

from quen.core import pauses

#: (schema, connection id)
ConnectionKey = tuple[str, int]

#: a server that kept a turn waiting for so long is slow
SLOW_SECONDS: Final = 5.0
#: after this time in a slot a turn ends early when others wait for a slot
_FAIR_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class TurnResult:
    """How a turn ended. more: there is more to send.  after_seconds: not sooner than that."""

    more: bool
    after_seconds: float = 0.0


class SendTurn:
    """One turn of a sender. Used by one thread."""

    def __init__(self, slots: SendSlots, *, schema: str, needs_slot: bool) -> None:
        self._slots = slots
        self._schema = schema
        self._needs_slot = needs_slot
        self._since = time.monotonic()
        #: the workspace was being paused when it was asked last
        self.is_pausing = False
        #: seconds that the server kept it waiting without a reply
        self.longest_silence = 0.0
        #: the database connection was given back: the next one has prepared statements of others
        self.reconnects = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Free the slot, and the database connection, for the length of a wait."""
        if not connection.in_atomic_block:
            connection.close()  # back to the pool
            self.reconnects = True
        if not self._needs_slot:
            yield
            return
        self._slots.leave()
        try:
            yield
        finally:
            self._slots.enter()
            self._since = time.monotonic()

    def silent(self, seconds: float) -> None:
        """The server has not replied for so long."""
        self.longest_silence = max(self.longest_silence, seconds)

    @property
    def should_end(self) -> bool:
        """Its workspace is being paused, or it has had its time and others wait for a slot."""
        if self.is_pausing:
            return True
        return self._needs_slot and self._slots.has_queue and time.monotonic() - self._since > _FAIR_SECONDS

    def must_end(self) -> bool:
        """Ask whether the workspace is being paused; return whether it should end for that or for others."""
        self.is_pausing = self.is_pausing or pauses.is_paused(self._schema)
        return self.should_end


class SendSlots:
    """The slots of one process.

    slots: senders that work at the same time.  slow: of connections whose servers are slow, running at once.
    per_workspace: connections of one workspace, running at once.
    """

    def __init__(self, *, slots: int = 4, slow: int = 8, per_workspace: int = 4) -> None:
        self._free, self._waiting = slots, 0
        self._slow_limit, self._workspace_limit = slow, per_workspace
        self._condition = threading.Condition()
        self._slow_connections: set[ConnectionKey] = set()
        self._running: Counter[ConnectionKey] = Counter()

    @contextmanager
    def turn(self, key: ConnectionKey, *, needs_slot: bool = True) -> Iterator[SendTurn | None]:
        """Take a turn; None when the share of slow connections or of the workspace is used up.

        needs_slot: without one it works beside the slots, for the one message somebody waits for.
        """
        if not self._admit(key):
            yield None
            return
        turn = SendTurn(self, schema=key[0], needs_slot=needs_slot)
        try:
            if needs_slot:
                self.enter()
            try:
                yield turn
            finally:
                if needs_slot:
                    self.leave()
        finally:
            self._dismiss(key, is_slow=turn.longest_silence >= SLOW_SECONDS)

    def is_slow(self, key: ConnectionKey) -> bool:
        """Return whether the server kept the last turn waiting."""
        return key in self._slow_connections

    @property
    def has_queue(self) -> bool:
        """Return whether somebody waits for a slot."""
        return self._waiting > 0

    def enter(self) -> None:
        """Wait for a slot and take it."""
        with self._condition:
            self._waiting += 1
            while self._free < 1:
                self._condition.wait()
            self._waiting -= 1
            self._free -= 1

    def leave(self) -> None:
        """Give a slot back."""
        with self._condition:
            self._free += 1
            self._condition.notify()

    def _admit(self, key: ConnectionKey) -> bool:
        with self._condition:
            slow = sum(count for each, count in self._running.items() if each in self._slow_connections)
            of_workspace = sum(count for (schema, _id), count in self._running.items() if schema == key[0])
            if of_workspace >= self._workspace_limit or (
                key in self._slow_connections and slow >= self._slow_limit
            ):
                return False
            self._running[key] += 1
            return True

    def _dismiss(self, key: ConnectionKey, *, is_slow: bool) -> None:
        with self._condition:
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]
            if is_slow:
                self._slow_connections.add(key)
            else:
                self._slow_connections.discard(key)


send_slots = SendSlots()
