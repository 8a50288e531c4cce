"""A server that is slow or silent keeps nobody else from sending."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection
from tests.cast import GOM_VIET
from tests.patience import PATIENCE_SECONDS

from quen.apps.accounts import queries as accounts
from quen.apps.channels import queries as channels
from quen.apps.channels.services import pacing
from quen.apps.channels.tests.sink import DEFAULT, ReceivedMail, Sink
from quen.apps.delivery import queries, services
from quen.apps.delivery.services import sending_jobs
from quen.apps.delivery.services.throttle import send_throttle
from quen.apps.delivery.services.turns import SLOW_SECONDS, SendSlots
from quen.apps.delivery.tests.factories import make_connection, make_dispatch, make_subscribers, recount
from quen.core import clock, schemas

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    send_throttle.reset()
    pacing.reset()


class SlowServer:
    """Answers one command only when the test says so."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.asked, self.released = threading.Event(), threading.Event()

    def __call__(self, command: str, _line: bytes, _mail: ReceivedMail) -> object:
        if command == self.command:
            self.asked.set()
            self.released.wait(PATIENCE_SECONDS)
        return DEFAULT


def campaign(port: int, count: int) -> tuple[str, int, int]:
    """Make a campaign in the current workspace; return its schema, dispatch and connection."""
    connection_id = make_connection(port).pk
    dispatch = make_dispatch(make_subscribers(count))
    services.fan_out(dispatch_id=dispatch.pk, clock=clock.now)
    return schemas.current(), dispatch.pk, connection_id


class Sending(threading.Thread):
    """A worker's thread that takes turns until nothing is left."""

    def __init__(self, schema: str, connection_id: int, slots: SendSlots) -> None:
        super().__init__(daemon=True)
        self._given = schema, connection_id, slots
        self.start()

    def run(self) -> None:
        schema, connection_id, slots = self._given
        try:
            with schemas.use(schema):
                while services.deliver(
                    connection_id=connection_id, clock=clock.now, render_in_subprocess=False, slots=slots
                ):
                    pass
        finally:
            connection.close()


@pytest.fixture
def other_schema(committed_workspace: Any) -> str:
    found = accounts.get_workspace(GOM_VIET)
    return str(found.schema_name)


class TestSlowServers:
    @pytest.mark.parametrize("command", ["CONNECT", "END"])
    def test_others_send_in_the_only_slot_while_it_keeps_us_waiting(
        self, other_schema: str, command: str
    ) -> None:
        slow, slots = SlowServer(command), SendSlots(slots=1)
        with ExitStack() as stack:
            slow_sink, fast_sink = stack.enter_context(Sink()), stack.enter_context(Sink())
            stack.callback(slow.released.set)
            slow_sink.script.answer = slow
            with schemas.use(other_schema):
                slow_schema, slow_id, slow_connection = campaign(slow_sink.port, 3)
            schema, dispatch_id, connection_id = campaign(fast_sink.port, 60)
            waiting = Sending(slow_schema, slow_connection, slots)
            assert slow.asked.wait(PATIENCE_SECONDS)
            fast = Sending(schema, connection_id, slots)
            fast.join(PATIENCE_SECONDS)
            assert recount(dispatch_id).sent == len(set(fast_sink.recipients)) == 60
            assert waiting.is_alive()
            slow.released.set()
            waiting.join(PATIENCE_SECONDS)
            with schemas.use(other_schema):
                assert recount(slow_id).sent == len(set(slow_sink.recipients)) == 3

    def test_the_report_says_that_the_server_is_slow(self, committed_workspace: Any) -> None:
        slow, slots = SlowServer("END"), SendSlots(slots=1)
        with Sink() as sink:
            sink.script.answer = slow
            schema, dispatch_id, connection_id = campaign(sink.port, 3)
            waiting = Sending(schema, connection_id, slots)
            assert slow.asked.wait(PATIENCE_SECONDS)
            told = threading.Event()
            for _attempt in range(PATIENCE_SECONDS * 5):
                note = services.sending_note(queries.get_dispatch(dispatch_id), now=clock.now())
                if note is not None and note.code == "slow":
                    break
                told.wait(0.2)
            slow.released.set()
            waiting.join(PATIENCE_SECONDS)
        assert note is not None
        assert note.code == "slow"
        assert "Nhà cung cấp trả lời chậm" in note.text
        assert (channels.get_connection(connection_id).silent_seconds or 0) >= SLOW_SECONDS
        assert slots.is_slow((schema, connection_id))

    def test_slow_connections_have_a_share_of_the_process(self, committed_workspace: Any) -> None:
        slots = SendSlots(slow=1)
        first, second = ("ws_1", 1), ("ws_2", 2)
        for key in (first, second):
            with slots.turn(key) as turn:
                assert turn is not None
                turn.silent(SLOW_SECONDS)
        with slots.turn(first) as turn, slots.turn(second) as refused, slots.turn(("ws_3", 3)) as quick:
            assert turn is not None
            assert refused is None
            assert quick is not None
        with slots.turn(second) as turn:
            assert turn is not None
        with slots.turn(first), slots.turn(second) as turn:
            assert turn is not None, "it was quick the last time"

    def test_a_workspace_has_a_share_of_the_process(self, committed_workspace: Any) -> None:
        slots = SendSlots(per_workspace=2)
        with slots.turn(("ws_1", 1)), slots.turn(("ws_1", 2)):
            with slots.turn(("ws_1", 3)) as refused:
                assert refused is None
            with slots.turn(("ws_2", 1)) as turn:
                assert turn is not None

    def test_what_is_over_its_share_comes_again(self, committed_workspace: Any) -> None:
        with Sink() as sink:
            schema, dispatch_id, connection_id = campaign(sink.port, 2)
            slots = SendSlots(per_workspace=1)
            with slots.turn((schema, connection_id + 1)):
                result = sending_jobs.take_turn(
                    connection_id=connection_id, priority="bulk", clock=clock.now, slots=slots
                )
        assert result.more
        assert result.after_seconds > 0
        assert recount(dispatch_id).queued == 2

    def test_a_turn_ends_in_time_and_the_rest_is_not_touched(self, committed_workspace: Any) -> None:
        with Sink() as sink:
            _schema, dispatch_id, connection_id = campaign(sink.port, 30)
            row = channels.get_connection(connection_id)
            row.rate_per_second = 5
            row.save()
            assert services.deliver(
                connection_id=connection_id, clock=clock.now, seconds=1, render_in_subprocess=False
            )
            counts = recount(dispatch_id)
        assert 0 < counts.sent == len(sink.recipients) < 30
        assert counts.sent + counts.queued == 30
