"""Receipts in any order, in any batches, repeated, before or after the result: the same end state."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import NOW
from tests.proofs import proof, scaled

from quen.apps.channels.types import Receipt, ReceiptKind
from quen.apps.compliance.models import Suppression
from quen.apps.delivery import queries, services
from quen.apps.delivery.models import (
    Dispatch,
    DispatchCounter,
    EngagementEvent,
    Message,
    MessageReceipt,
    ProviderReference,
)
from quen.apps.delivery.tests.engagement_factories import (
    event_kinds,
    make_active_dispatch,
    make_sent_message,
    recounted_engagement,
    seconds_later,
)
from quen.apps.delivery.types import MessageState

pytestmark = pytest.mark.usefixtures("workspace")
CASES = scaled(300)
CONNECTION = 1
#: (message, kind, part, seconds, whether the provider's id names the message, text)
PlainReceipt = tuple[int, ReceiptKind, int, int, bool, str]
ANY_RECEIPT: st.SearchStrategy[PlainReceipt] = st.tuples(
    st.integers(0, 3),
    st.sampled_from(ReceiptKind),
    st.integers(0, 1),
    st.integers(1, 5),
    st.booleans(),
    st.sampled_from(["", "550 5.1.1 no such user", "452 mailbox full"]),
)
STATES = st.sampled_from(
    [MessageState.ACCEPTED, MessageState.UNKNOWN_OUTCOME, MessageState.REFUSED, MessageState.FAILED]
)
COLUMNS = ("state", "delivered_at", "bounced_at", "complained_at", "code", "provider_message")


def as_receipt(message: Message, plain: PlainReceipt) -> Receipt:
    """The receipt, naming the message by our id or by the provider's."""
    _message, kind, part, seconds, by_provider_id, text = plain
    return Receipt(
        kind,
        at=seconds_later(seconds),
        message_id=None if by_provider_id else message.pk,
        provider_id=message.provider_id if by_provider_id else "",
        part=part,
        code=text[:3],
        text=text,
    )


def expected(before: MessageState, receipts: list[PlainReceipt]) -> dict[str, Any]:
    """Read the receipts of one message plainly."""

    def first(kind: ReceiptKind) -> Any:
        return min(
            (seconds_later(seconds) for _m, k, _p, seconds, _b, _t in receipts if k is kind), default=None
        )

    delivered, bounced = first(ReceiptKind.DELIVERED), first(ReceiptKind.BOUNCED_HARD)
    state = before
    if receipts and before in (MessageState.ACCEPTED, MessageState.UNKNOWN_OUTCOME):
        state = (
            MessageState.BOUNCED
            if bounced
            else MessageState.DELIVERED
            if delivered
            else MessageState.ACCEPTED
        )
    reasons = [
        (kind is not ReceiptKind.BOUNCED_HARD, seconds, text)
        for _m, kind, _p, seconds, _b, text in receipts
        if kind in (ReceiptKind.BOUNCED_HARD, ReceiptKind.BOUNCED_SOFT)
    ]
    text = min(reasons)[2] if reasons else ""
    return {
        "state": state,
        "delivered_at": delivered,
        "bounced_at": bounced,
        "complained_at": first(ReceiptKind.COMPLAINED),
        "code": text[:3],
        "provider_message": text,
    }


class TestAnyOrder:
    @proof("Receipts in any order, batches and repetitions end in the same state", cases=CASES)
    @settings(max_examples=CASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        receipts=st.lists(ANY_RECEIPT, max_size=14),
        before=st.lists(STATES, min_size=4, max_size=4),
        seed=st.integers(0, 10_000),
    )
    def test_order_batches_and_repetitions_make_no_difference(
        self, receipts: list[PlainReceipt], before: list[MessageState], seed: int
    ) -> None:
        chance = random.Random(seed)
        dispatch = make_active_dispatch()
        messages = [make_sent_message(dispatch, state=state) for state in before]
        for message in messages:
            message.provider_id = f"provider-{message.pk}"
            message.save()
        pending = [as_receipt(messages[each[0]], each) for each in receipts]
        pending += chance.sample(pending, len(pending) // 2)
        chance.shuffle(pending)
        known_after = chance.randint(0, len(pending))
        while pending:
            batch = pending[: chance.randint(1, len(pending))]
            del pending[: len(batch)]
            services.apply_receipts(batch, connection_id=CONNECTION, now=NOW)
            if len(pending) <= known_after:
                know(messages)
        know(messages)
        services.match_receipts(now=NOW)

        plain = [
            expected(state, [each for each in receipts if each[0] == place])
            for place, state in enumerate(before)
        ]
        for message, columns in zip(messages, plain, strict=True):
            message.refresh_from_db()
            assert {name: getattr(message, name) for name in COLUMNS} == columns
            kinds = event_kinds(message)
            assert kinds.count("message_bounced") == int(columns["bounced_at"] is not None)
            assert kinds.count("message_complained") == int(columns["complained_at"] is not None)
            complaints = EngagementEvent.objects.filter(message_id=message.pk).values_list("at", flat=True)
            assert list(complaints) == [at for at in [columns["complained_at"]] if at]
        assert not MessageReceipt.objects.filter(message_id=None).exists()
        assert stored_counters(dispatch) == recounted_counters(dispatch)
        suppressed = {
            message.address
            for message, columns in zip(messages, plain, strict=True)
            if columns["bounced_at"] or columns["complained_at"]
        }
        assert (
            set(
                Suppression.objects.filter(address__in=[each.address for each in messages]).values_list(
                    "address", flat=True
                )
            )
            == suppressed
        )


def know(messages: list[Message]) -> None:
    """The results with the provider's ids are committed."""
    ProviderReference.objects.bulk_create(
        (
            ProviderReference(connection_id=CONNECTION, provider_id=each.provider_id, message_id=each.pk)
            for each in messages
        ),
        ignore_conflicts=True,
    )


def stored_counters(dispatch: Dispatch) -> dict[str, int]:
    """The counters that are not zero."""
    found = DispatchCounter.objects.filter(dispatch_id=dispatch.pk).exclude(value=0)
    return dict(found.values_list("name", "value"))


def recounted_counters(dispatch: Dispatch) -> dict[str, int]:
    """The same, counted from the messages."""
    names = [name for name in queries.COUNTER_CONDITIONS if name != "audience"]
    counts = {name: queries.messages_counted(dispatch.pk, name).count() for name in names}
    return {name: count for name, count in counts.items() if count}


def test_an_unmatched_receipt_is_kept_for_a_day() -> None:
    dispatch = make_active_dispatch()
    message = make_sent_message(dispatch, provider_id="abc")
    receipt = Receipt(ReceiptKind.DELIVERED, at=NOW, provider_id="abc")
    services.apply_receipts([receipt, receipt], connection_id=CONNECTION, now=NOW)
    services.apply_receipts([receipt], connection_id=2, now=NOW)
    assert MessageReceipt.objects.filter(message_id=None).count() == 2
    know([message])
    assert services.match_receipts(now=seconds_later(60)) == 1
    message.refresh_from_db()
    assert message.state == MessageState.DELIVERED
    assert services.match_receipts(now=seconds_later(2 * 86_400)) == 0
    assert not MessageReceipt.objects.filter(message_id=None).exists()


def test_ten_thousand_receipts_use_the_indexes(django_assert_max_num_queries: Any) -> None:
    dispatch = make_active_dispatch()
    Message.objects.bulk_create(
        Message(dispatch_id=dispatch.pk, contact_id=-number, scheduled_for=NOW, state=MessageState.ACCEPTED)
        for number in range(1, 10_001)
    )
    DispatchCounter.objects.create(dispatch_id=dispatch.pk, name="audience", value=10_000)
    DispatchCounter.objects.create(dispatch_id=dispatch.pk, name="sent", value=10_000)
    ids = list(Message.objects.filter(dispatch_id=dispatch.pk).values_list("pk", flat=True))
    receipts = [Receipt(ReceiptKind.DELIVERED, at=NOW, message_id=pk) for pk in ids]
    with django_assert_max_num_queries(12):
        services.apply_receipts(receipts, connection_id=CONNECTION, now=NOW)
    assert recounted_engagement(dispatch) == {}
    assert Message.objects.filter(dispatch_id=dispatch.pk, state=MessageState.DELIVERED).count() == 10_000
