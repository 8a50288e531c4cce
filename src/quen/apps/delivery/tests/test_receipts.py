"""What providers tell later."""

from __future__ import annotations

import pytest
from tests.cast import NOW

from quen.apps.channels import services as channels
from quen.apps.channels.types import ReceiptKind
from quen.apps.compliance.models import Refusal, Suppression
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.delivery.models import Hit, Launch, Message, Tally
from quen.apps.delivery.tests.readers import later, make_launch, make_message
from quen.apps.delivery.types import HitKind, MessageState
from quen.apps.events import registry as kinds
from quen.apps.events.models import Event

pytestmark = pytest.mark.usefixtures("workspace")
TEXT = "550 5.1.1 no such mailbox"


def sent(state: MessageState = MessageState.ACCEPTED) -> tuple[Launch, Message]:
    """A message to a real person, with the figures it stands in."""
    launch = make_launch()
    message = make_message(
        launch, contact_id=make_contact(email="lan@example.vn").pk, address="lan@example.vn", state=state
    )
    return launch, message


def tell(message: Message, kind: ReceiptKind, seconds: float = 60) -> None:
    channels.tell_receipt(message_id=message.pk, kind=kind, text=TEXT, at=later(seconds))
    message.refresh_from_db()


def figures(launch: Launch) -> dict[str, int]:
    return dict(Tally.objects.filter(launch_id=launch.pk).exclude(people=0).values_list("figure", "people"))


class TestDelivered:
    def test_is_noted_once(self) -> None:
        launch, message = sent()
        tell(message, ReceiptKind.DELIVERED)
        tell(message, ReceiptKind.DELIVERED, 90)
        assert (message.state, message.delivered_at) == (MessageState.DELIVERED, later(60))
        assert figures(launch) == {"handed_over": 1, "delivered": 1}

    def test_settles_what_was_uncertain(self) -> None:
        launch, message = sent(MessageState.UNCERTAIN)
        tell(message, ReceiptKind.DELIVERED)
        assert message.state == MessageState.DELIVERED
        assert Event.objects.filter(ref=message.pk, kind=kinds.get("message_sent").code).count() == 1
        assert figures(launch) == {"handed_over": 1, "delivered": 1}


class TestBounced:
    def test_a_hard_bounce_ends_the_address(self) -> None:
        launch, message = sent()
        tell(message, ReceiptKind.BOUNCED_HARD)
        tell(message, ReceiptKind.BOUNCED_HARD, 90)
        assert (message.state, message.bounced_at, message.told) == (MessageState.BOUNCED, later(60), TEXT)
        assert figures(launch) == {"handed_over": 1, "bounced": 1}
        assert [(s.address, s.cause, s.contact_id) for s in Suppression.objects.all()] == [
            ("lan@example.vn", "bounce", message.contact_id)
        ]
        event = Event.objects.get(ref=message.pk)
        assert event.kind == kinds.get("message_bounced").code
        assert event.data == {"name": launch.name, "text": TEXT}

    def test_a_soft_bounce_is_only_told(self) -> None:
        launch, message = sent()
        tell(message, ReceiptKind.BOUNCED_SOFT)
        assert (message.state, message.told) == (MessageState.ACCEPTED, TEXT)
        assert figures(launch) == {"handed_over": 1}
        assert not Suppression.objects.exists()


class TestComplained:
    def test_ends_advertising_to_the_person(self) -> None:
        launch, message = sent(MessageState.DELIVERED)
        tell(message, ReceiptKind.COMPLAINED)
        tell(message, ReceiptKind.COMPLAINED, 90)
        assert (message.state, message.complained_at) == (MessageState.DELIVERED, later(60))
        assert figures(launch) == {"handed_over": 1, "complained": 1}
        assert Suppression.objects.get().cause == "complaint"
        refusal = Refusal.objects.get()
        assert (refusal.contact_id, refusal.way, refusal.message_id) == (
            message.contact_id,
            "complaint",
            message.pk,
        )
        assert Event.objects.filter(ref=message.pk, kind=kinds.get("message_complained").code).count() == 1
        assert Hit.objects.get(message_id=message.pk).kind == HitKind.COMPLAINED

    def test_of_somebody_who_is_gone_suppresses_the_address_all_the_same(self) -> None:
        launch = make_launch()
        message = make_message(launch, contact_id=987_654)
        tell(message, ReceiptKind.COMPLAINED)
        assert Suppression.objects.get().address == message.address
        assert not Refusal.objects.exists()


def test_a_receipt_for_a_message_that_is_gone_says_nothing() -> None:
    channels.tell_receipt(message_id=4_000_000, kind=ReceiptKind.DELIVERED, at=NOW)
    assert not Tally.objects.exists()
