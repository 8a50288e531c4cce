"""The hand-over: one process a lane of a connection takes what waits to the provider, window by window."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, transaction

from quen.apps.channels import queries as channels
from quen.apps.channels import services as channels_services
from quen.apps.channels.types import Outcome, Result, Session, Unreachable
from quen.apps.content.types import TemplateBroken
from quen.apps.delivery import queries
from quen.apps.delivery.models import Launch
from quen.apps.delivery.press import Item, Mail, Order, Press, Unwritten, bound
from quen.apps.delivery.services import guarding, loading, windows
from quen.apps.delivery.services.ending import finish_if_done, notice_trouble
from quen.apps.delivery.services.lanes import BULK, LANES, holding, lane_of
from quen.apps.delivery.services.loading import Batch
from quen.apps.delivery.services.memory import Meter, memory
from quen.apps.delivery.services.stopping import stop_for_trouble
from quen.apps.delivery.services.windows import Asked, Closing, Opening
from quen.apps.delivery.types import AT_WORK, LaunchState
from quen.core import jobs, schemas, sql

if TYPE_CHECKING:
    from quen.apps.channels.models import Connection

Clock = Callable[[], datetime]
log = logging.getLogger(__name__)

#: a worker that is asked to end waits ten seconds for its jobs
SHIFT_SECONDS: Final = 7.0
PARALLEL: Final = 5
_SHOW_EVERY_SECONDS: Final = 0.5
_WAKE_EVERY_SECONDS: Final = 5.0


def hand_over(
    *, connection_id: int, lane: str = BULK, clock: Clock, seconds: float = SHIFT_SECONDS, beside: bool = True
) -> bool:
    """Work on a lane of a connection for a while, unless somebody does; say whether more is to be done at once.

    beside: make the mails in a process of their own. Safe to call at any time, by any number of workers.
    """
    again = False
    with holding(connection_id, lane) as mine:
        if mine and memory.may_try((schemas.current(), connection_id)):
            shift = _Shift(
                channels.get_connection(connection_id), lane, clock, beside=beside and lane == BULK
            )
            try:
                again = shift.work(until=time.monotonic() + seconds)
            finally:
                shift.end()
    return again


def carry_on(*, connection_id: int, lane: str, clock: Clock) -> None:
    """The body of the job: a shift, and a hint for the next one when there is more to do."""
    if hand_over(connection_id=connection_id, lane=lane, clock=clock):
        jobs.hint(f"delivery.hand_over_{lane}", connection_id=connection_id)


def hint_all(*, now: datetime) -> int:
    """Hint every connection at work and go on with what lost its job; give how many hints there were."""
    hinted = 0
    for launch in Launch.objects.filter(state=LaunchState.GATHERING):
        hinted += jobs.hint("delivery.gather", launch_id=launch.pk)
    for launch in Launch.objects.filter(state=LaunchState.CANCELLED, ended_at=None):
        hinted += jobs.hint("delivery.drop_rest", launch_id=launch.pk)
    for connection_id, lane in _lanes_at_work():
        hinted += jobs.hint(f"delivery.hand_over_{lane}", connection_id=connection_id)
    return hinted


def _lanes_at_work() -> set[tuple[int, str]]:
    found = {(launch.connection_id, lane_of(launch)) for launch in Launch.objects.filter(state__in=AT_WORK)}
    # A window of a paused or cancelled launch whose sender died waits to be called uncertain.
    for connection_id in windows.connections_with_windows():
        found |= {(connection_id, lane) for lane in LANES}
    return found


class _Shift:
    """One sender at work."""

    def __init__(self, connection: Connection, lane: str, clock: Clock, *, beside: bool) -> None:
        self._connection, self._lane, self._clock = connection, lane, clock
        self._place = (schemas.current(), connection.pk)
        self._session: Session | None = None
        self._press = Press(beside=beside)
        self._reading, self._wording = loading.Reading(), loading.Wording()
        self._closing: Closing | None = None
        self._shown_at = self._woken_at = 0.0
        self._until = 0.0

    def work(self, *, until: float) -> bool:
        """Hand over until nothing is left or time is up; say whether more is to be done."""
        self._until = until
        sql.forget_plans()
        windows.clear_dead_windows(connection_id=self._connection.pk, lane=self._lane)
        try:
            return self._work()
        except Unreachable as trouble:
            self._close_window()
            return self._note(trouble)

    def end(self) -> None:
        """Part from the provider, end the process beside."""
        self._press.close()
        if self._session is not None:
            self._session.close()

    def _work(self) -> bool:
        batch = self._next(first=True)
        while batch is not None:
            if batch.not_before >= self._until:
                self._forget(batch)
                self._sleep_until(self._until)
                return True
            mails = self._press.finish()
            following = self._next(first=False)
            if not self._send(batch, mails):
                # Paused, cancelled, or time is up: what was made ahead waits on.
                self._reading.restart(batch.launch.pk)
                if following is not None:
                    self._forget(following)
                following = None
            now = time.monotonic()
            if now >= self._until or following is None or following.not_before > now:
                self._close_window()
            if now >= self._until:
                return True
            batch = following or self._next(first=True)
        return False

    def _forget(self, batch: Batch) -> None:
        self._press.finish()
        self._reading.restart(batch.launch.pk)
        memory.put_back(batch.meters)

    def _sleep_until(self, instant: float) -> None:
        time.sleep(max(0.0, instant - time.monotonic()))

    # What comes next

    def _next(self, *, first: bool) -> Batch | None:
        """Choose the launch that may send soonest, in its order, and hand its next messages to the press.

        first: nothing is in hand, so what was passed over may be read again and a launch may end.
        """
        launches = [each for each in queries.at_work(self._connection.pk) if lane_of(each) == self._lane]
        if first:
            self._wake(launches)
        # The sort is stable: of those that may send at once, the first in order.
        for launch in sorted(launches, key=self._ready_at):
            batch = self._load(launch, first=first)
            if batch is not None:
                self._press.begin(batch.order, batch.items)
                return batch
        return None

    def _load(self, launch: Launch, *, first: bool) -> Batch | None:
        rate = self._rate(launch)
        most = max(1, min(loading.BATCH, int(rate))) if rate else loading.BATCH
        messages, done, rest = self._reading.next(launch, most)
        if not messages and first and self._reading.restart(launch.pk):
            messages, done, rest = self._reading.next(launch, most)
        now = self._clock()
        if not messages:
            if first and launch.state == LaunchState.SENDING:
                self._end_launch(launch, now)
            return None
        try:
            order = self._wording.order(launch, now)
        except TemplateBroken as broken:
            self._stop(launch, code=broken.code, text=str(broken))
            return None
        batch = Batch(launch, order, self._wording.items(launch, messages, now), 0.0, done=done, rest=rest)
        batch.not_before = max(time.monotonic(), self._ready_at(launch))
        for key, per_second in self._meters(launch):
            batch.meters[key] = memory.next_at.get(key)
            memory.next_at[key] = batch.not_before + len(messages) / per_second
        return batch

    def _wake(self, launches: Sequence[Launch]) -> None:
        if time.monotonic() - self._woken_at < _WAKE_EVERY_SECONDS:
            return
        self._woken_at = time.monotonic()
        for launch in launches:
            if loading.anything_due(launch, now=self._clock()):
                loading.wake_due(launch, now=self._clock())

    def _end_launch(self, launch: Launch, now: datetime) -> None:
        with transaction.atomic():
            locked = Launch.objects.select_for_update().get(pk=launch.pk)
            if locked.state == LaunchState.SENDING and not finish_if_done(locked, now=now):
                loading.heal(locked)

    def _meters(self, launch: Launch) -> list[tuple[Meter, float]]:
        schema = self._place[0]
        rates = [
            ((schema, "launch", launch.pk), launch.rate_per_second),
            ((schema, f"connection:{self._lane}", self._connection.pk), self._connection.rate_per_second),
        ]
        return [(key, rate) for key, rate in rates if rate]

    def _rate(self, launch: Launch) -> float | None:
        return min((rate for _key, rate in self._meters(launch)), default=None)

    def _ready_at(self, launch: Launch) -> float:
        due = max((memory.next_at.get(key, 0.0) for key, _rate in self._meters(launch)), default=0.0)
        return due if due > time.monotonic() else 0.0

    # On the wire

    def _send(self, batch: Batch, mails: Sequence[Mail]) -> bool:
        """Hand a batch over, window by window; False when its launch moves no more or time is up."""
        self._sleep_until(batch.not_before)
        made = dict(zip((item.id for item in batch.items), mails, strict=True))
        for start in range(0, len(batch.items), windows.SIZE):
            if time.monotonic() >= self._until:
                return False
            items = batch.items[start : start + windows.SIZE]
            if not self._send_window(batch, items, made):
                return False
        loading.consume(batch)
        channels_services.note_ok(self._connection.pk, self._clock())
        memory.worked(self._place)
        return True

    def _send_window(self, batch: Batch, items: Sequence[Item], made: dict[int, Mail]) -> bool:
        launch = batch.launch
        asked = [Asked(item.id, item.contact_id, item.address, item.tries) for item in items]
        opened = self._turn(Opening(launch, asked))
        if opened is None or opened.window_id is None:
            return opened is not None and opened.moving
        taken = [each for each in asked if each.id in opened.ids]
        try:
            results = self._hand(batch.order, [made[each.id] for each in taken])
        except Unreachable:
            windows.take_back(window_id=opened.window_id, launch=launch, now=self._clock())
            raise
        self._closing = Closing(opened.window_id, launch, taken, results)
        said = guarding.words_of_refusal(launch.pk, results)
        if said:
            self._close_window()
            self._stop(launch, code=guarding.CODE, text=said)
        return not said

    def _hand(self, order: Order, mails: Sequence[Mail]) -> list[Result]:
        """Give the result of each mail of a window. Raises Unreachable when no byte of any of them left."""
        broken = [
            Result(mail.key, Outcome.REFUSED, windows.UNWRITTEN, mail.text)
            for mail in mails
            if isinstance(mail, Unwritten)
        ]
        ready = [bound(order, mail) for mail in mails if not isinstance(mail, Unwritten)]
        if not ready:
            return broken
        if self._session is None:
            self._session = channels_services.open_session(self._connection, parallel=PARALLEL)
        try:
            return [*self._session.send(ready), *broken]
        except Unreachable:
            raise
        except DatabaseError:
            raise
        except Exception:
            # Nobody knows what left: every message without an answer becomes uncertain.
            log.exception("hand-over on connection %s of launch %s", self._connection.pk, order.key)
            session, self._session = self._session, None
            session.close()
            return broken

    def _turn(self, opening: Opening | None) -> windows.Opened | None:
        show = time.monotonic() - self._shown_at >= _SHOW_EVERY_SECONDS
        if show:
            self._shown_at = time.monotonic()
        opened = windows.turn(closing=self._closing, opening=opening, now=self._clock(), show=show)
        self._closing = None
        return opened

    def _close_window(self) -> None:
        if self._closing is not None:
            self._turn(None)

    # Trouble

    def _note(self, trouble: Unreachable) -> bool:
        now = self._clock()
        channels_services.note_error(self._connection.pk, trouble.text, now, trouble.code)
        if trouble.permanent:
            for launch in queries.at_work(self._connection.pk):
                self._stop(launch, code=trouble.code or "unreachable", text=trouble.text)
            return False
        raise jobs.TryLater(after_seconds=memory.failed(self._place)) from trouble

    def _stop(self, launch: Launch, *, code: str, text: str) -> None:
        stopped = stop_for_trouble(launch, code=code, text=text)
        if stopped is not None:
            notice_trouble(stopped, now=self._clock())
