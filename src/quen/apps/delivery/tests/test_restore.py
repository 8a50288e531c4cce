"""A restored workspace sends nothing until a user resumes; late results of expired batches are ignored."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.channels.types import SendOutcome, SendResult
from quen.apps.compliance.types import MessageClass
from quen.apps.contacts.models import Contact
from quen.apps.delivery import services
from quen.apps.delivery.models import Dispatch, InFlightBatch, Message
from quen.apps.delivery.services import batches
from quen.apps.delivery.tests.factories import (
    contacts_relation,
    deliver_all,
    make_connection,
    make_dispatch,
    make_sender,
    make_subscribers,
    recount,
)
from quen.apps.delivery.types import DispatchSource, DispatchState, MessageState
from quen.apps.team import registry
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispatch(workspace: Any) -> Dispatch:
    make_connection()
    made = make_dispatch(make_subscribers(4))
    services.fan_out(dispatch_id=made.pk, clock=lambda: NOW)
    made.refresh_from_db()
    return made


def claim_batch(dispatch: Dispatch, messages: list[Message]) -> tuple[int, list[batches.QueuedMessage]]:
    queued = [batches.QueuedMessage(each.pk, each.contact_id, each.address, each.tries) for each in messages]
    claimed = batches.commit_and_claim(result=None, claim=batches.ClaimRequest(dispatch, queued), now=NOW)
    assert claimed is not None and claimed.batch_id is not None
    return claimed.batch_id, queued


class TestRestored:
    def test_active_dispatches_are_paused(self, dispatch: Dispatch) -> None:
        fanning_out = make_dispatch(
            contacts_relation(list(Contact.objects.values_list("pk", flat=True))), source_id=2
        )
        claim_batch(dispatch, list(Message.objects.order_by("pk")[:2]))

        registry.run_restore_hooks(now=NOW)
        deliver_all(dispatch.connection_id)

        dispatch.refresh_from_db()
        fanning_out.refresh_from_db()
        assert {dispatch.state, fanning_out.state} == {DispatchState.PAUSED}
        assert dispatch.error["code"] == "restored"
        assert not InFlightBatch.objects.exists()
        counts = recount(dispatch.pk)
        assert (counts.uncertain, counts.queued, counts.sent) == (2, 2, 0)

    def test_tests_and_confirmations_are_cancelled(self, dispatch: Dispatch) -> None:
        made = services.send_one(
            source=DispatchSource.NOTICE,
            source_id=1,
            scheduled_for=NOW,
            name="Xác nhận",
            address="khach1@example.net",
            language="vi",
            message_class=MessageClass.TRANSACTIONAL,
            connection=make_connection(),
            sender=make_sender(),
            prepared_content={"subject": "a", "text": "b"},
            now=NOW,
        )
        registry.run_restore_hooks(now=NOW)
        deliver_all(made.connection_id)
        made.refresh_from_db()
        assert made.state == DispatchState.CANCELLED
        assert not Message.objects.filter(state=MessageState.ACCEPTED).exists()


def test_a_late_result_of_an_expired_batch_is_ignored(dispatch: Dispatch) -> None:
    """The sender lost its lock but still runs, while another sender has claimed the message."""
    message = Message.objects.order_by("pk")[0]
    first, queued = claim_batch(dispatch, [message])
    batches.expire_orphaned_batches(connection_id=dispatch.connection_id, priority="bulk")
    message.refresh_from_db()
    services.resolve_uncertain(message, sent=False, actor=SYSTEM, now=NOW)
    second, _queued = claim_batch(dispatch, [message])

    late = [SendResult(message.pk, SendOutcome.DEFERRED, "451", "later")]
    batches.commit_and_claim(result=batches.BatchResult(first, dispatch, queued, late), claim=None, now=NOW)

    message.refresh_from_db()
    assert message.state == MessageState.IN_FLIGHT
    assert InFlightBatch.objects.get().pk == second
    recount(dispatch.pk)
