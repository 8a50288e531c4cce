"""A server that limits us is served at the pace it takes: nobody is refused, nobody's tries are used up, it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from tests.cast import NOW
from tests.proofs import proof, scaled

from quen.apps.channels import queries as channels
from quen.apps.channels.services import pacing
from quen.apps.channels.tests.sink import DEFAULT, ReceivedMail, Sink
from quen.apps.channels.types import SlowdownKind
from quen.apps.delivery import services
from quen.apps.delivery.models import Dispatch, Message
from quen.apps.delivery.services.throttle import send_throttle
from quen.apps.delivery.tests.factories import (
    deliver_all,
    make_connection,
    make_content,
    make_dispatch,
    make_sender,
    make_subscribers,
    recount,
)
from quen.apps.delivery.types import DispatchCounts, MessageState
from quen.core import clock, schemas

pytestmark = pytest.mark.django_db
PEOPLE = scaled(200, least=60)


class RateLimit:
    """Takes so many messages in any second, and notes when each came."""

    def __init__(
        self, rate: int, reply: bytes = b"454 Throttling failure: Maximum sending rate exceeded.\r\n"
    ):
        self.rate, self.reply = rate, reply
        self.taken: list[float] = []
        self.turned_away = 0

    def __call__(self, command: str, _line: bytes, _mail: ReceivedMail) -> object:
        if command != "END":
            return DEFAULT
        now = time.monotonic()
        if sum(at > now - 1 for at in self.taken) >= self.rate:
            self.turned_away += 1
            return self.reply
        self.taken.append(now)
        return DEFAULT


class Arrivals:
    """Takes everything, and notes when each message came."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def __call__(self, command: str, _line: bytes, _mail: ReceivedMail) -> object:
        if command == "END":
            self.at.append(time.monotonic())
        return DEFAULT

    def most_in_a_second(self) -> int:
        return max(sum(since <= at < since + 1 for at in self.at) for since in self.at)


@pytest.fixture
def sink(committed_workspace: Any) -> Iterator[Sink]:
    with Sink() as made:
        make_connection(made.port)
        yield made
    send_throttle.reset()
    pacing.reset()


def fan_out(count: int, **changes: Any) -> Dispatch:
    dispatch = make_dispatch(make_subscribers(count), **changes)
    services.fan_out(dispatch_id=dispatch.pk, clock=clock.now)
    return dispatch


class TestThrottling:
    @proof("A server that takes five a second gets them, and nobody fails", people=PEOPLE)
    def test_everybody_gets_the_message_at_the_pace_the_server_takes(self, sink: Sink) -> None:
        limit = RateLimit(5)
        sink.script.answer = limit
        dispatch = fan_out(PEOPLE)
        deliver_all(dispatch.connection_id, now=clock.now())
        assert recount(dispatch.pk) == DispatchCounts(audience=PEOPLE, sent=PEOPLE)
        assert len(set(sink.recipients)) == len(sink.recipients) == PEOPLE
        assert set(Message.objects.values_list("tries", flat=True)) == {1}
        # Found at once, and hardly ever exceeded: bursts would turn every message away several times.
        assert limit.turned_away < PEOPLE
        found = channels.get_connection(dispatch.connection_id)
        assert found.found_rate == pytest.approx(5, rel=0.3)
        assert "Maximum sending rate" in found.slowdown_reply

    @pytest.mark.parametrize(
        "reply",
        [
            b"421 4.7.0 Try again later, closing connection\r\n",
            b"451 4.3.2 System not accepting network messages\r\n",
            b"452 4.5.3 Too many messages\r\n",
            b"450 4.7.1 Error: too much mail from 127.0.0.1\r\n",
        ],
    )
    def test_other_wordings_use_up_no_tries_either(self, sink: Sink, reply: bytes) -> None:
        sink.script.answer = RateLimit(20, reply)
        dispatch = fan_out(45)
        deliver_all(dispatch.connection_id, now=clock.now())
        assert recount(dispatch.pk) == DispatchCounts(audience=45, sent=45)
        assert set(Message.objects.values_list("tries", flat=True)) == {1}

    @pytest.mark.parametrize(
        "reply",
        [
            b"421 4.7.0 Try again later, closing connection\r\n",
            b"454 Throttling failure: Maximum sending rate exceeded.\r\n",
        ],
    )
    def test_a_server_that_took_a_burst_first_is_no_other(self, sink: Sink, reply: bytes) -> None:
        contacts = make_subscribers(195)
        before = make_dispatch(contacts[:150])
        services.fan_out(dispatch_id=before.pk, clock=clock.now)
        deliver_all(before.connection_id, now=clock.now())
        sink.script.answer = limit = RateLimit(20, reply)
        dispatch = make_dispatch(contacts[150:], source_id=2)
        services.fan_out(dispatch_id=dispatch.pk, clock=clock.now)
        deliver_all(dispatch.connection_id, now=clock.now())
        assert recount(dispatch.pk) == DispatchCounts(audience=45, sent=45)
        assert limit.turned_away < 45

    def test_a_server_of_few_connections_is_used_with_few(self, sink: Sink) -> None:
        def answer(command: str, _line: bytes, _mail: ReceivedMail) -> object:
            if command == "CONNECT" and sink.connections > 2:
                return b"421 4.7.0 Too many connections from 127.0.0.1\r\n"
            return DEFAULT

        sink.script.answer = answer
        dispatch = fan_out(60)
        deliver_all(dispatch.connection_id, now=clock.now())
        assert recount(dispatch.pk).sent == 60
        assert channels.get_connection(dispatch.connection_id).found_connections in (1, 2)

    def test_a_connection_that_has_had_its_share_is_replaced_without_slowing_down(self, sink: Sink) -> None:
        sink.script.close_after = 7  # with 421 4.7.0 Too many messages on this connection
        dispatch = fan_out(40)
        deliver_all(dispatch.connection_id, now=clock.now())
        assert recount(dispatch.pk).sent == 40
        assert channels.get_connection(dispatch.connection_id).found_rate is None

    def test_greylisting_is_the_recipient_s_own_and_slows_nobody(self, sink: Sink) -> None:
        def answer(command: str, _line: bytes, mail: ReceivedMail) -> object:
            if command == "RCPT" and mail.recipient.startswith("khach3@"):
                return b"450 4.2.0 Greylisted, come again\r\n"
            return DEFAULT

        sink.script.answer = answer
        dispatch = fan_out(20)
        deliver_all(dispatch.connection_id, now=clock.now())
        assert recount(dispatch.pk) == DispatchCounts(audience=20, sent=19, deferred=1)
        assert Message.objects.get(state=MessageState.DEFERRED).tries == 1
        assert channels.get_connection(dispatch.connection_id).found_rate is None

    def test_a_message_that_is_always_turned_away_does_not_hold_up_the_others(self, sink: Sink) -> None:
        def answer(command: str, _line: bytes, mail: ReceivedMail) -> object:
            if command == "END" and mail.recipient.startswith("khach1@"):
                return b"451 4.3.2 Please try again later\r\n"
            return DEFAULT

        sink.script.answer = answer
        dispatch = fan_out(30)
        deliver_all(dispatch.connection_id, now=clock.now())
        assert recount(dispatch.pk) == DispatchCounts(audience=30, sent=29, deferred=1)

    def test_the_report_says_so_while_it_goes_on(self, sink: Sink) -> None:
        sink.script.answer = RateLimit(5)
        dispatch = fan_out(60)
        services.deliver(
            connection_id=dispatch.connection_id, clock=clock.now, seconds=2, render_in_subprocess=False
        )
        dispatch.refresh_from_db()
        note = services.sending_note(dispatch, now=clock.now())
        assert note is not None
        assert note.code == "throttled"
        assert "giới hạn" in note.text
        assert "Maximum sending rate" in note.reply


class TestRate:
    def test_never_more_than_the_rate_in_any_second_from_the_start(self, sink: Sink) -> None:
        make_connection(sink.port, rate=8)
        sink.script.answer = arrivals = Arrivals()
        dispatch = fan_out(30)
        deliver_all(dispatch.connection_id, now=clock.now())
        assert recount(dispatch.pk).sent == len(arrivals.at) == 30
        assert arrivals.most_in_a_second() <= 8

    def test_a_test_beside_a_campaign_is_part_of_the_rate(self, sink: Sink) -> None:
        connection_row = make_connection(sink.port, rate=8)
        sink.script.answer = arrivals = Arrivals()
        dispatch = fan_out(24)
        for number in range(6):
            services.send_one(
                source="test",
                source_id=number,
                scheduled_for=NOW,
                name="Thử",
                address=f"an{number}@tra-sen.example",
                language="vi",
                message_class="marketing",
                connection=connection_row,
                sender=make_sender(),
                content_id=make_content(),
                now=NOW,
            )
        schema = schemas.current()
        working = [
            threading.Thread(target=send, args=(schema, dispatch.connection_id, priority))
            for priority in ("bulk", "transactional")
        ]
        for thread in working:
            thread.start()
        for thread in working:
            thread.join()
        assert len(arrivals.at) == 30
        assert arrivals.most_in_a_second() <= 8

    def test_processes_share_the_slots_of_a_rate(self, sink: Sink) -> None:
        connection_row = make_connection(sink.port, rate=10)

        def pacer() -> pacing.ConnectionPacer:
            pacing.reset()  # as another process, which knows only the database
            return pacing.ConnectionPacer(
                connection_row, parallel=5, deadline=time.monotonic() + 60, clock=clock.now
            )

        begun: list[float] = []
        processes = [pacer(), pacer(), pacer()]
        while len(begun) < 40:
            waits = []
            for each in processes:
                waits.append(each.acquire(len(begun)))
                if not waits[-1]:
                    begun.append(time.monotonic())
                    each.release(len(begun) - 1, accepted=True)
            time.sleep(min(waits))
        # Within one process it is exact; between processes up to a slot's length of delay is possible.
        assert max(sum(since <= at < since + 1 for at in begun) for since in begun) <= 12

    def test_a_campaign_s_own_rate_is_even_too(self, sink: Sink) -> None:
        sink.script.answer = arrivals = Arrivals()
        dispatch = fan_out(16, rate_per_second=6.0)
        deliver_all(dispatch.connection_id, now=clock.now())
        assert recount(dispatch.pk).sent == 16
        assert arrivals.most_in_a_second() <= 6

    def test_a_slow_campaign_does_not_hold_back_another_one(self, sink: Sink) -> None:
        contacts = make_subscribers(30)
        slow = make_dispatch(contacts[:5], rate_per_second=2.0)
        fast = make_dispatch(contacts[5:], source_id=2)
        for each in (slow, fast):
            services.fan_out(dispatch_id=each.pk, clock=clock.now)
        order: list[str] = []
        sink.script.answer = lambda command, _line, mail: (
            order.append(mail.recipient) if command == "END" else None
        )
        deliver_all(slow.connection_id, now=clock.now())
        assert recount(slow.pk).sent == 5
        assert recount(fast.pk).sent == 25
        assert order[-1] in {str(contact.email) for contact in contacts[:5]}


class TestSharing:
    def test_a_complaint_in_one_process_slows_the_others(self, sink: Sink) -> None:
        row = channels.active_connection("email")
        deadline = time.monotonic() + 60
        first = pacing.ConnectionPacer(row, parallel=5, deadline=deadline, clock=clock.now)
        assert not first.is_limited
        first.slow_down(SlowdownKind.RATE, "454 Throttling failure")
        pacing.reset()
        row.refresh_from_db()
        other = pacing.ConnectionPacer(row, parallel=5, deadline=deadline, clock=clock.now)
        assert other.is_limited
        assert other.acquire(1) > 0

    def test_saving_the_settings_anew_forgets_what_was_found(self, sink: Sink) -> None:
        row = channels.active_connection("email")
        pacer = pacing.ConnectionPacer(row, parallel=5, deadline=time.monotonic() + 60, clock=clock.now)
        pacer.slow_down(SlowdownKind.RATE, "454 Throttling failure")
        row = make_connection(sink.port, rate=50)
        assert (row.found_rate, row.slowdown_reply) == (None, "")


def send(schema: str, connection_id: int, priority: str) -> None:
    """Send in another thread on another connection, as a worker does."""
    try:
        with schemas.use(schema):
            while services.deliver(
                connection_id=connection_id, priority=priority, clock=clock.now, render_in_subprocess=False
            ):
                pass
    finally:
        connection.close()
