"""Sending what is due in a workspace: one sender at a time, each endpoint with its own share of it.

Nothing is marked while it is being sent. A sender that dies has sent some messages whose success is not stored: they
are sent again, with the same id.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from quen.apps.webhooks import queries
from quen.apps.webhooks.services.bodies import write_bodies
from quen.apps.webhooks.services.outcomes import store_answers
from quen.apps.webhooks.services.posting import Clock, Lane, ReadyMessage, new_pool
from quen.apps.webhooks.types import Answer, SendLimits
from quen.core import pauses, sql
from quen.core.locks import AdvisoryLock
from quen.core.sql import Relation

_SENDER = AdvisoryLock("webhooks.sender")
#: workspaces that send at the same time, so that mail always finds free workers
MAX_SENDERS: Final = 6
_SLOT = AdvisoryLock("webhooks.slot", in_public=True)
#: how often new messages are looked for while nothing comes back, and how long an answer is waited for
_LOOK_SECONDS: Final = 0.5
_WAIT_SECONDS: Final = 0.05
_MAX_STORED_AT_ONCE: Final = 500
#: what is due so soon is waited for by a job, the rest is found by the sweep
SOON: Final = timedelta(seconds=60)


def send_due(*, clock: Clock, limits: SendLimits | None = None) -> bool | None:
    """Send what is due in this workspace. Return whether there is more, None if another sender is at work.

    limits: of the product, if none are given.
    """
    limits = limits or SendLimits()
    with _SENDER.session() as alone:
        if not alone:
            return None
        sender = _Sender(clock, limits)
        try:
            return sender.run()
        finally:
            sender.close()


@contextmanager
def sending_slot() -> Iterator[bool]:
    """Hold one of the places of all workspaces for the length of the block. Yields False if all are taken."""
    for number in range(MAX_SENDERS):
        with _SLOT.session(number) as free:
            if free:
                yield True
                return
    yield False


def seconds_until_due(*, clock: Clock) -> float | None:
    """Return how soon something is due, 0 if it is; None if nothing is within a minute."""
    now = clock()
    statement = Relation(
        "SELECT min(greatest(e.resting_until, (SELECT min(m.next_at) FROM webhooks_webhookmessage m"
        " WHERE m.endpoint_id = e.id AND m.state = 'waiting')))"
        " FROM webhooks_endpoint e WHERE e.deleted_at IS NULL AND e.paused_at IS NULL"
        " AND EXISTS (SELECT 1 FROM webhooks_webhookmessage m WHERE m.endpoint_id = e.id AND m.state = 'waiting')"
    )
    due: datetime | None = sql.rows(statement)[0][0]
    if due is None or due > now + SOON:
        return None
    return max((due - now).total_seconds(), 0.0)


class _Sender:
    def __init__(self, clock: Clock, limits: SendLimits) -> None:
        self._clock, self._limits = clock, limits
        self._lanes: dict[int, Lane] = {}
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._pool = new_pool(limits)

    def run(self) -> bool:
        until, look_at = time.monotonic() + self._limits.run_seconds, 0.0
        while True:
            now = time.monotonic()
            if now >= until:
                for lane in self._lanes.values():
                    lane.stop()
            elif now >= look_at or self._is_idle():
                pauses.give_way()
                self._read_ahead()
                look_at = now + _LOOK_SECONDS
            for lane in self._lanes.values():
                lane.start(self._pool, self._answers, self._clock)
            if self._is_idle():
                return now >= until
            if self._store(self._take()):
                look_at = 0.0

    def _is_idle(self) -> bool:
        return all(lane.is_idle for lane in self._lanes.values()) and self._answers.empty()

    def close(self) -> None:
        """Wait for what is being sent and store what became of it."""
        for lane in self._lanes.values():
            lane.stop()
        self._pool.shutdown(wait=True)
        while not self._answers.empty():
            self._store(self._take())
        for lane in self._lanes.values():
            lane.close()

    def _take(self) -> list[Answer]:
        answers = []
        try:
            answers.append(self._answers.get(timeout=_WAIT_SECONDS))
            while len(answers) < _MAX_STORED_AT_ONCE:
                answers.append(self._answers.get_nowait())
        except queue.Empty:
            pass
        return answers

    def _store(self, answers: list[Answer]) -> bool:
        if not answers:
            return False
        store_answers(answers, clock=self._clock)
        ids = {answer.message_id for answer in answers}
        for lane in self._lanes.values():
            lane.taken -= ids
        return True

    def _read_ahead(self) -> None:
        now = self._clock()
        active = {
            each.pk: each
            for each in queries.endpoints().filter(paused_at=None)
            if each.resting_until is None or each.resting_until <= now
        }
        for pk, lane in list(self._lanes.items()):
            if lane.is_stopped or pk not in active or not lane.serves(active[pk]):
                lane.stop()
            if lane.is_stopped and lane.is_idle:
                lane.close()
                del self._lanes[pk]
        for pk, endpoint in active.items():
            if pk not in self._lanes:
                self._lanes[pk] = Lane(endpoint, queries.secrets_of(endpoint, now=now), self._limits)
        wished = {pk: lane.wished for pk, lane in self._lanes.items() if lane.wished}
        if not wished:
            return
        with transaction.atomic():
            due = Relation(
                sql.text("webhooks/due_messages"),
                {
                    "endpoints": list(wished),
                    "wished": list(wished.values()),
                    "taken": [pk for lane in self._lanes.values() for pk in lane.taken],
                    "now": now,
                },
            )
            found = write_bodies([ReadyMessage(*row) for row in sql.rows(due)], now=now)
        for message in found:
            self._lanes[message.endpoint_id].add(message)
