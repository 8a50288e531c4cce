"""Receipts of providers."""

from __future__ import annotations

import pytest
from tests.cast import NOW

from quen.apps.channels import services as channels
from quen.apps.channels.types import Receipt, ReceiptKind
from quen.apps.compliance.models import Suppression, Unsubscribe
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.delivery.models import Dispatch, DispatchCounter, EngagementEvent, Message, MessageReceipt
from quen.apps.delivery.tests.engagement_factories import (
    make_active_dispatch,
    make_sent_message,
    seconds_later,
)
from quen.apps.delivery.types import EngagementKind, MessageState
from quen.apps.events import registry as kinds
from quen.apps.events.models import Event

pytestmark = pytest.mark.usefixtures("workspace")
TEXT = "550 5.1.1 no such mailbox"


def make_sent(state: MessageState = MessageState.ACCEPTED) -> tuple[Dispatch, Message]:
    """A message to an existing contact, included in the counters."""
    dispatch = make_active_dispatch()
    message = make_sent_message(
        dispatch, contact_id=make_contact(email="lan@example.vn").pk, address="lan@example.vn", state=state
    )
    return dispatch, message


def receive(message: Message, kind: ReceiptKind, seconds: float = 60) -> None:
    receipt = Receipt(kind, at=seconds_later(seconds), message_id=message.pk, text=TEXT)
    channels.notify_receipts([receipt], connection_id=1, now=receipt.at)
    message.refresh_from_db()


def counters(dispatch: Dispatch) -> dict[str, int]:
    return dict(
        DispatchCounter.objects.filter(dispatch_id=dispatch.pk).exclude(value=0).values_list("name", "value")
    )


class TestDelivered:
    def test_is_recorded_once(self) -> None:
        dispatch, message = make_sent()
        receive(message, ReceiptKind.DELIVERED)
        receive(message, ReceiptKind.DELIVERED, 90)
        assert (message.state, message.delivered_at) == (MessageState.DELIVERED, seconds_later(60))
        assert counters(dispatch) == {"sent": 1, "delivered": 1}

    def test_resolves_an_uncertain_message(self) -> None:
        dispatch, message = make_sent(MessageState.UNKNOWN_OUTCOME)
        receive(message, ReceiptKind.DELIVERED)
        assert message.state == MessageState.DELIVERED
        assert Event.objects.filter(ref=message.pk, kind=kinds.get("message_sent").code).count() == 1
        assert counters(dispatch) == {"sent": 1, "delivered": 1}


class TestBounced:
    @pytest.mark.parametrize(
        ("kind", "state", "counted"),
        [
            (ReceiptKind.BOUNCED_HARD, MessageState.BOUNCED, {"sent": 1, "bounced": 1}),
            (ReceiptKind.BOUNCED_SOFT, MessageState.ACCEPTED, {"sent": 1}),
        ],
    )
    def test_resolves_an_uncertain_message(
        self, kind: ReceiptKind, state: MessageState, counted: dict[str, int]
    ) -> None:
        dispatch, message = make_sent(MessageState.UNKNOWN_OUTCOME)
        receive(message, kind)
        assert message.state == state
        assert counters(dispatch) == counted

    def test_a_hard_bounce_ends_the_address(self) -> None:
        dispatch, message = make_sent()
        receive(message, ReceiptKind.BOUNCED_HARD)
        receive(message, ReceiptKind.BOUNCED_HARD, 90)
        assert (message.state, message.bounced_at, message.provider_message) == (
            MessageState.BOUNCED,
            seconds_later(60),
            TEXT,
        )
        assert counters(dispatch) == {"sent": 1, "bounced": 1}
        assert [(s.address, s.cause, s.contact_id) for s in Suppression.objects.all()] == [
            ("lan@example.vn", "bounce", message.contact_id)
        ]
        event = Event.objects.get(ref=message.pk)
        assert event.kind == kinds.get("message_bounced").code
        assert event.data == {"name": dispatch.name, "text": TEXT}

    def test_a_soft_bounce_only_stores_the_text(self) -> None:
        dispatch, message = make_sent()
        receive(message, ReceiptKind.BOUNCED_SOFT)
        assert (message.state, message.provider_message) == (MessageState.ACCEPTED, TEXT)
        assert counters(dispatch) == {"sent": 1}
        assert not Suppression.objects.exists()


class TestComplained:
    def test_ends_advertising_to_the_person(self) -> None:
        dispatch, message = make_sent(MessageState.DELIVERED)
        receive(message, ReceiptKind.COMPLAINED)
        receive(message, ReceiptKind.COMPLAINED, 90)
        assert (message.state, message.complained_at) == (MessageState.DELIVERED, seconds_later(60))
        assert counters(dispatch) == {"sent": 1, "complained": 1}
        assert Suppression.objects.get().cause == "complaint"
        unsubscribe = Unsubscribe.objects.get()
        assert (unsubscribe.contact_id, unsubscribe.method, unsubscribe.message_id) == (
            message.contact_id,
            "complaint",
            message.pk,
        )
        assert Event.objects.filter(ref=message.pk, kind=kinds.get("message_complained").code).count() == 1
        assert EngagementEvent.objects.get(message_id=message.pk).kind == EngagementKind.COMPLAINED

    def test_of_somebody_who_is_gone_suppresses_the_address_all_the_same(self) -> None:
        dispatch = make_active_dispatch()
        message = make_sent_message(dispatch, contact_id=987_654)
        receive(message, ReceiptKind.COMPLAINED)
        assert Suppression.objects.get().address == message.address
        assert not Unsubscribe.objects.exists()


def test_a_receipt_for_an_unknown_message_is_ignored() -> None:
    receipt = Receipt(ReceiptKind.DELIVERED, at=NOW, message_id=4_000_000)
    channels.notify_receipts([receipt], connection_id=1, now=NOW)
    assert not DispatchCounter.objects.exists()


def test_a_receipt_after_the_contact_was_erased_keeps_no_text() -> None:
    dispatch = make_active_dispatch()
    message = make_sent_message(dispatch, address="", contact_id=-5)
    receive(message, ReceiptKind.BOUNCED_HARD)
    assert (message.state, message.code, message.provider_message) == (MessageState.BOUNCED, "", "")
    assert MessageReceipt.objects.get().text == ""
    assert not Suppression.objects.exists()
    assert not Event.objects.filter(ref=message.pk).exists()
