"""A provider that refuses everybody stops a launch before the shop's name suffers; a few refusals do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.channels.tests.sink import Mail, Sink
from quen.apps.delivery import services
from quen.apps.delivery.models import Launch
from quen.apps.delivery.services.memory import memory
from quen.apps.delivery.tests.kit import connect, hand_over, make_launch, make_readers, recounted, work_off
from quen.apps.delivery.types import Figures, LaunchState
from quen.apps.team.models import Notice

pytestmark = pytest.mark.django_db
DENIED = "5.7.1 Relay access denied: spam policy"


@pytest.fixture
def sink(committed_workspace: Any) -> Iterator[Sink]:
    with Sink() as made:
        connect(made.port)
        yield made
    memory.forget()


def number_of(mail: Mail) -> int:
    return int(mail.recipient.partition("@")[0].removeprefix("khach"))


def refuse(sink: Sink, whom: Callable[[int], bool], words: str = f"554 {DENIED}") -> None:
    """Let the sink refuse some recipients."""
    answer = f"{words}\r\n".encode()
    sink.script.answer = lambda command, _line, mail: (
        answer if command == "RCPT" and whom(number_of(mail)) else None
    )


def test_who_refuses_everybody_stops_the_launch(sink: Sink, an: Any) -> None:
    refuse(sink, lambda _number: True)
    launch = make_launch(make_readers(260), actor=an)
    figures = work_off(launch)
    assert launch.state == LaunchState.PAUSED
    assert launch.trouble["code"] == "provider_refuses"
    assert "Relay access denied" in launch.trouble["text"]
    assert 50 <= figures.refused <= 100
    assert figures.queued == 260 - figures.refused
    notice = Notice.objects.get(kind="delivery.stopped")
    assert "Relay access denied" in notice.data["text"]


def test_whoever_mended_it_lets_it_go_on(sink: Sink, an: Any) -> None:
    refuse(sink, lambda _number: True)
    launch = make_launch(make_readers(120), actor=an)
    refused = work_off(launch).refused
    refuse(sink, lambda _number: False)
    services.resume_launch(Launch.objects.get(pk=launch.pk), actor=an, now=NOW)
    hand_over(launch.connection_id)
    launch.refresh_from_db()
    assert (launch.state, launch.trouble) == (LaunchState.FINISHED, {})
    assert recounted(launch.pk) == Figures(audience=120, handed_over=120 - refused, refused=refused)


def test_refusals_among_what_is_accepted_stop_nothing(sink: Sink) -> None:
    refuse(sink, lambda number: number % 10 != 0)
    launch = make_launch(make_readers(200))
    assert work_off(launch) == Figures(audience=200, handed_over=20, refused=180)
    assert launch.state == LaunchState.FINISHED


def test_a_list_of_dead_addresses_is_not_the_providers_doing(sink: Sink) -> None:
    refuse(sink, lambda _number: True, "550 5.1.1 No such user")
    launch = make_launch(make_readers(160))
    assert work_off(launch).refused == 160
    assert launch.state == LaunchState.FINISHED


def test_windows_of_a_few_are_added_up(sink: Sink) -> None:
    refuse(sink, lambda _number: True)
    launch = make_launch(make_readers(90), rate_per_second=20)
    figures = work_off(launch)
    assert launch.state == LaunchState.PAUSED
    assert figures.refused == 60
