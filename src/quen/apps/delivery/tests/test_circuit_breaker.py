"""A provider that refuses everything pauses the dispatch; some refusals do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.channels.services import pacing
from quen.apps.channels.tests.sink import ReceivedMail, Sink
from quen.apps.delivery import services
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.services.throttle import send_throttle
from quen.apps.delivery.tests.factories import (
    deliver_all,
    make_connection,
    make_dispatch,
    make_subscribers,
    recount,
    run_dispatch,
)
from quen.apps.delivery.types import DispatchCounts, DispatchState
from quen.apps.team.models import Notification

pytestmark = pytest.mark.django_db
DENIED = "5.7.1 Relay access denied: spam policy"


@pytest.fixture
def sink(committed_workspace: Any) -> Iterator[Sink]:
    with Sink() as made:
        make_connection(made.port)
        yield made
    send_throttle.reset()
    pacing.reset()


def number_of(mail: ReceivedMail) -> int:
    return int(mail.recipient.partition("@")[0].removeprefix("khach"))


def refuse(sink: Sink, matches: Callable[[int], bool], reply: str = f"554 {DENIED}") -> None:
    """Let the sink refuse some recipients."""
    answer = f"{reply}\r\n".encode()
    sink.script.answer = lambda command, _line, mail: (
        answer if command == "RCPT" and matches(number_of(mail)) else None
    )


def test_a_provider_that_refuses_everything_pauses_the_dispatch(sink: Sink, an: Any) -> None:
    refuse(sink, lambda _number: True)
    dispatch = make_dispatch(make_subscribers(260), actor=an.actor)
    counts = run_dispatch(dispatch)
    assert dispatch.state == DispatchState.PAUSED
    assert dispatch.error["code"] == "provider_refuses"
    assert "Relay access denied" in dispatch.error["text"]
    assert 50 <= counts.refused <= 100
    assert counts.queued == 260 - counts.refused
    notice = Notification.objects.get(kind="delivery.paused_on_error")
    assert "Relay access denied" in notice.data["text"]


def test_resumes_once_the_provider_accepts_again(sink: Sink, an: Any) -> None:
    refuse(sink, lambda _number: True)
    dispatch = make_dispatch(make_subscribers(120), actor=an.actor)
    refused = run_dispatch(dispatch).refused
    refuse(sink, lambda _number: False)
    services.resume_dispatch(Dispatch.objects.get(pk=dispatch.pk), actor=an.actor, now=NOW)
    deliver_all(dispatch.connection_id)
    dispatch.refresh_from_db()
    assert (dispatch.state, dispatch.error) == (DispatchState.FINISHED, {})
    assert recount(dispatch.pk) == DispatchCounts(audience=120, sent=120 - refused, refused=refused)


def test_some_refusals_do_not_pause(sink: Sink) -> None:
    refuse(sink, lambda number: number % 10 != 0)
    dispatch = make_dispatch(make_subscribers(200))
    assert run_dispatch(dispatch) == DispatchCounts(audience=200, sent=20, refused=180)
    assert dispatch.state == DispatchState.FINISHED


def test_dead_addresses_do_not_count_as_refusals(sink: Sink) -> None:
    refuse(sink, lambda _number: True, "550 5.1.1 No such user")
    dispatch = make_dispatch(make_subscribers(160))
    assert run_dispatch(dispatch).refused == 160
    assert dispatch.state == DispatchState.FINISHED


def test_small_batches_are_added_up(sink: Sink) -> None:
    refuse(sink, lambda _number: True)
    dispatch = make_dispatch(make_subscribers(90), rate_per_second=10)
    counts = run_dispatch(dispatch)
    assert dispatch.state == DispatchState.PAUSED
    assert counts.refused == 60  # three batches of two seconds
