"""Batches that a process of their own renders and sends, while the sender works with the database."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.patience import PATIENCE_SECONDS

from quen.apps.channels import queries as channels
from quen.apps.channels.services import pacing
from quen.apps.channels.tests.sink import DEFAULT, ReceivedMail, Sink
from quen.apps.delivery import services
from quen.apps.delivery.models import Dispatch, InFlightBatch, Message
from quen.apps.delivery.rendering.subprocess import resting
from quen.apps.delivery.services.batches import BATCH_SIZE
from quen.apps.delivery.services.throttle import send_throttle
from quen.apps.delivery.tests.factories import make_connection, make_dispatch, make_subscribers, recount
from quen.apps.delivery.tests.test_throttling import RateLimit
from quen.apps.delivery.tests.test_turns import SlowServer
from quen.apps.delivery.tests.warm_up import warm_up
from quen.apps.delivery.types import DispatchState, MessageState
from quen.core import clock, jobs, schemas
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db
PEOPLE = 130


@pytest.fixture
def sink(committed_workspace: Any) -> Iterator[Sink]:
    warm_up()
    with Sink() as made:
        make_connection(made.port)
        yield made
    send_throttle.reset()
    pacing.reset()
    resting.end_all()


def fan_out(count: int = PEOPLE) -> Dispatch:
    dispatch = make_dispatch(make_subscribers(count))
    services.fan_out(dispatch_id=dispatch.pk, clock=clock.now)
    return dispatch


def send_all(dispatch: Dispatch) -> None:
    while services.deliver(connection_id=dispatch.connection_id, clock=clock.now):
        pass


class Sending(threading.Thread):
    """A worker's thread that takes turns until nothing is left."""

    def __init__(self, dispatch: Dispatch) -> None:
        super().__init__(daemon=True)
        self._given = schemas.current(), dispatch
        self.start()

    def run(self) -> None:
        schema, dispatch = self._given
        try:
            with schemas.use(schema):
                send_all(dispatch)
        finally:
            connection.close()


class SenderId:
    """Notes the process that each connection comes from, and holds up the mail with a number."""

    def __init__(self, hold: int) -> None:
        self.held, self.released = threading.Event(), threading.Event()
        self._hold, self._count = hold, 0

    def __call__(self, command: str, _line: bytes, _mail: ReceivedMail) -> object:
        if command == "END":
            self._count += 1
            if self._count == self._hold:
                self.held.set()
                self.released.wait(PATIENCE_SECONDS)
        return DEFAULT


class TestOwnProcess:
    def test_everybody_gets_one_message_and_it_is_recorded(self, sink: Sink) -> None:
        dispatch = fan_out()
        send_all(dispatch)
        counts = recount(dispatch.pk)
        assert (counts.sent, counts.audience) == (PEOPLE, PEOPLE)
        assert Counter(sink.recipients).most_common(1)[0][1] == 1
        assert len(sink.recipients) == PEOPLE
        assert not InFlightBatch.objects.exists()
        assert {(each.code, each.tries) for each in Message.objects.all()} == {("250 2.0.0", 1)}

    def test_the_next_batch_is_claimed_while_one_is_sent_and_no_more_are_in_flight_than_before(
        self, sink: Sink
    ) -> None:
        server = SlowServer("END")
        sink.script.answer = server
        dispatch = fan_out()
        sending = Sending(dispatch)
        assert server.asked.wait(PATIENCE_SECONDS)
        in_flight: list[int] = []
        for _attempt in range(PATIENCE_SECONDS * 10):
            in_flight = [len(each.message_ids) for each in InFlightBatch.objects.all()]
            if len(in_flight) > 1:
                break
            threading.Event().wait(0.1)
        server.released.set()
        sending.join(PATIENCE_SECONDS)
        assert in_flight == [BATCH_SIZE // 2, BATCH_SIZE // 2]
        assert recount(dispatch.pk).sent == PEOPLE

    def test_a_pause_holds_from_the_next_batch_on(self, sink: Sink) -> None:
        server = SenderId(hold=30)
        sink.script.answer = server
        dispatch = fan_out()
        sending = Sending(dispatch)
        assert server.held.wait(PATIENCE_SECONDS)
        services.pause_dispatch(dispatch, actor=SYSTEM, now=clock.now())
        already = len(sink.recipients)
        server.released.set()
        sending.join(PATIENCE_SECONDS)
        counts = recount(dispatch.pk)
        assert counts.sent == len(sink.recipients) <= already + BATCH_SIZE
        assert counts.sent + counts.queued == PEOPLE

    def test_a_complaint_slows_the_sender_and_uses_up_no_try(self, sink: Sink) -> None:
        sink.script.answer = RateLimit(40)
        dispatch = fan_out()
        send_all(dispatch)
        assert recount(dispatch.pk).sent == PEOPLE
        assert set(Message.objects.values_list("tries", flat=True)) == {1}
        found = channels.get_connection(dispatch.connection_id)
        assert found.found_rate is not None
        assert "Maximum sending rate" in found.slowdown_reply

    def test_a_server_of_few_connections_is_used_with_few_by_both_processes_together(
        self, sink: Sink
    ) -> None:
        def answer(command: str, _line: bytes, _mail: ReceivedMail) -> object:
            if command == "CONNECT" and sink.open_connections > 2:
                return b"421 4.7.0 Too many connections from 127.0.0.1\r\n"
            return DEFAULT

        sink.script.answer = answer
        dispatch = fan_out()
        send_all(dispatch)
        assert recount(dispatch.pk).sent == PEOPLE
        assert channels.get_connection(dispatch.connection_id).found_connections in (1, 2)

    def test_a_server_that_is_away_gets_nothing_and_nothing_is_uncertain(
        self, committed_workspace: Any
    ) -> None:
        warm_up()
        with Sink() as sink:
            make_connection(sink.port)
        dispatch = fan_out()
        with pytest.raises(jobs.Retry):
            send_all(dispatch)
        send_throttle.reset()
        assert recount(dispatch.pk).queued == PEOPLE
        assert set(Message.objects.values_list("state", "tries")) == {(MessageState.QUEUED, 0)}

    def test_a_provider_that_refuses_everything_stops_the_dispatch(self, sink: Sink) -> None:
        offered: list[str] = []

        def answer(command: str, _line: bytes, mail: ReceivedMail) -> object:
            if command != "END":
                return DEFAULT
            offered.append(mail.recipient)
            return b"554 5.7.1 Message rejected as spam\r\n"

        sink.script.answer = answer
        dispatch = fan_out()
        send_all(dispatch)
        dispatch.refresh_from_db()
        assert dispatch.state == DispatchState.PAUSED
        counts = recount(dispatch.pk)
        assert counts.refused == len(set(offered)) == len(offered) == BATCH_SIZE
        assert counts.queued == PEOPLE - BATCH_SIZE

    def test_when_it_is_killed_its_batch_is_uncertain_and_the_others_are_sent(self, sink: Sink) -> None:
        server = SenderId(hold=30)
        sink.script.answer = server
        dispatch = fan_out()
        sending = Sending(dispatch)
        assert server.held.wait(PATIENCE_SECONDS)
        (child,) = senders()
        os.kill(child, signal.SIGKILL)
        server.released.set()
        sending.join(PATIENCE_SECONDS)
        counts = recount(dispatch.pk)
        assert 0 < counts.uncertain <= BATCH_SIZE // 2
        assert counts.sent + counts.uncertain == PEOPLE
        assert max(Counter(sink.recipients).values()) == 1

    def test_a_signal_for_the_whole_group_does_not_cut_its_batch_short(self, sink: Sink) -> None:
        server = SenderId(hold=30)
        sink.script.answer = server
        dispatch = fan_out()
        sending = Sending(dispatch)
        assert server.held.wait(PATIENCE_SECONDS)
        (child,) = senders()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(child, number)
        server.released.set()
        sending.join(PATIENCE_SECONDS)
        assert recount(dispatch.pk).sent == PEOPLE

    def test_the_next_turn_takes_it_over(self, sink: Sink) -> None:
        first = senders()
        assert len(first) == 1
        for number, since in enumerate((0, PEOPLE)):
            dispatch = make_dispatch(make_subscribers_of(since, PEOPLE), source_id=number)
            services.fan_out(dispatch_id=dispatch.pk, clock=clock.now)
            send_all(dispatch)
            assert recount(dispatch.pk).sent == PEOPLE
        assert senders() == first
        resting.end_all()
        assert not senders()

    def test_until_it_has_started_the_sender_sends_itself(self, sink: Sink) -> None:
        resting.end_all()
        dispatch = fan_out()
        send_all(dispatch)
        assert recount(dispatch.pk).sent == PEOPLE
        assert len(set(sink.recipients)) == len(sink.recipients) == PEOPLE

    def test_a_small_dispatch_needs_no_other_process(self, sink: Sink) -> None:
        resting.end_all()
        dispatch = fan_out(BATCH_SIZE)
        send_all(dispatch)
        assert recount(dispatch.pk).sent == BATCH_SIZE
        assert not senders()


def make_subscribers_of(since: int, count: int) -> list[Any]:
    from quen.apps.delivery.tests.factories import make_subscriber

    return [make_subscriber(number) for number in range(since + 1, since + count + 1)]


def senders() -> set[int]:
    """The processes that render and send for this one."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            if b"quen.apps.delivery.rendering.child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(int(pid))
    return found
