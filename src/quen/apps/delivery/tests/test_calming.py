"""A workspace from a backup sends nothing by itself; a window called dead is nobody's any more."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.channels.types import Outcome, Result
from quen.apps.compliance.types import MessageClass
from quen.apps.contacts.models import Contact
from quen.apps.delivery import services
from quen.apps.delivery.models import Launch, Message, Window
from quen.apps.delivery.services import windows
from quen.apps.delivery.tests.kit import (
    connect,
    hand_over,
    make_launch,
    make_readers,
    make_sender,
    recounted,
    these,
)
from quen.apps.delivery.types import LaunchState, MessageState, Source
from quen.apps.team import registry

pytestmark = pytest.mark.django_db


@pytest.fixture
def launch(workspace: Any) -> Launch:
    connect()
    made = make_launch(make_readers(4))
    services.gather(launch_id=made.pk, clock=lambda: NOW)
    made.refresh_from_db()
    return made


def open_window(launch: Launch, messages: list[Message]) -> tuple[int, list[windows.Asked]]:
    asked = [windows.Asked(each.pk, each.contact_id, each.address, each.tries) for each in messages]
    opened = windows.turn(closing=None, opening=windows.Opening(launch, asked), now=NOW)
    assert opened is not None and opened.window_id is not None
    return opened.window_id, asked


class TestRestored:
    def test_what_was_being_sent_waits_for_a_person(self, launch: Launch) -> None:
        gathering = make_launch(these(list(Contact.objects.values_list("pk", flat=True))), source_id=2)
        open_window(launch, list(Message.objects.order_by("pk")[:2]))

        registry.restored(now=NOW)
        hand_over(launch.connection_id)

        launch.refresh_from_db()
        gathering.refresh_from_db()
        assert {launch.state, gathering.state} == {LaunchState.PAUSED}
        assert launch.trouble["code"] == "restored"
        assert not Window.objects.exists()
        figures = recounted(launch.pk)
        assert (figures.uncertain, figures.queued, figures.handed_over) == (2, 2, 0)

    def test_tests_and_confirmations_are_given_up(self, launch: Launch) -> None:
        made = services.send_one(
            source=Source.NOTICE,
            source_id=1,
            origin_at=NOW,
            name="Xác nhận",
            address="khach1@example.net",
            language="vi",
            message_class=MessageClass.TRANSACTIONAL,
            connection=connect(),
            sender=make_sender(),
            ready={"subject": "a", "text": "b"},
            now=NOW,
        )
        registry.restored(now=NOW)
        hand_over(made.connection_id)
        made.refresh_from_db()
        assert made.state == LaunchState.CANCELLED
        assert not Message.objects.filter(state=MessageState.ACCEPTED).exists()


def test_a_sender_whose_window_was_called_dead_changes_nothing_any_more(launch: Launch) -> None:
    """It lost its lock and lives on; meanwhile the message is in the hand of somebody else."""
    message = Message.objects.order_by("pk")[0]
    first, asked = open_window(launch, [message])
    windows.clear_dead_windows(connection_id=launch.connection_id, lane="bulk")
    message.refresh_from_db()
    services.settle_uncertain(message, sent=False, actor=None, now=NOW)
    second, _asked = open_window(launch, [message])

    late = [Result(message.pk, Outcome.DEFERRED, "451", "later")]
    windows.turn(closing=windows.Closing(first, launch, asked, late), opening=None, now=NOW)

    message.refresh_from_db()
    assert message.state == MessageState.HANDING
    assert Window.objects.get().pk == second
    recounted(launch.pk)
