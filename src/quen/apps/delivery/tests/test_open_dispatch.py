"""An open dispatch accepts further recipients until it is closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.delivery import queries, services
from quen.apps.delivery.models import Dispatch, DispatchRecipient, Message
from quen.apps.delivery.tests.factories import (
    contacts_relation,
    make_connection,
    make_dispatch,
    make_subscriber,
    recount,
    run_dispatch,
)
from quen.apps.delivery.types import DispatchFinished, DispatchState
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)


@pytest.fixture
def dispatch(workspace: Any) -> Dispatch:
    make_connection()
    return make_dispatch([make_subscriber(1)], is_open=True)


def add(dispatch: Dispatch, *contact_ids: int, at: Any = LATER) -> int:
    return services.add_recipients(dispatch, contacts=contacts_relation(contact_ids), scheduled_for=at)


def test_sends_to_those_added_later_and_finishes_when_closed(dispatch: Dispatch) -> None:
    assert run_dispatch(dispatch).sent == 1
    assert dispatch.state == DispatchState.SENDING
    two, three = make_subscriber(2), make_subscriber(3)
    assert add(dispatch, two.pk, three.pk) == 2
    assert run_dispatch(dispatch, batch_size=1).sent == 3
    assert not DispatchRecipient.objects.exists()
    assert set(Message.objects.values_list("contact_id", "scheduled_for")) == {
        (Message.objects.get(address="khach1@example.net").contact_id, NOW),
        (two.pk, LATER),
        (three.pk, LATER),
    }
    closed = services.close_dispatch(dispatch, now=LATER)
    assert (closed.state, closed.ended_at) == (DispatchState.FINISHED, LATER)
    assert queries.progress(closed, LATER).percent == 100


def test_a_contact_gets_one_message_per_instant(dispatch: Dispatch) -> None:
    lan = make_subscriber(2)
    assert [add(dispatch, lan.pk), add(dispatch, lan.pk)] == [1, 0]
    run_dispatch(dispatch)
    assert add(dispatch, lan.pk) == 0
    assert add(dispatch, lan.pk, at=LATER + timedelta(days=1)) == 1
    run_dispatch(dispatch)
    assert Message.objects.filter(contact_id=lan.pk).count() == 2
    recount(dispatch.pk)


def test_recipients_of_a_paused_dispatch_wait(dispatch: Dispatch) -> None:
    run_dispatch(dispatch)
    services.pause_dispatch(dispatch, actor=SYSTEM, now=NOW)
    add(dispatch, make_subscriber(2).pk)
    assert run_dispatch(dispatch).sent == 1
    services.resume_dispatch(dispatch, actor=SYSTEM, now=NOW)
    assert run_dispatch(dispatch).sent == 2


def test_a_closed_or_cancelled_dispatch_accepts_none(dispatch: Dispatch) -> None:
    lan = make_subscriber(2)
    with pytest.raises(DispatchFinished):
        add(make_dispatch([lan], source_id=2), lan.pk)
    services.cancel_dispatch(dispatch, actor=SYSTEM, now=NOW)
    with pytest.raises(DispatchFinished):
        add(dispatch, lan.pk)


def test_the_log_finds_messages_by_their_own_instant(dispatch: Dispatch) -> None:
    run_dispatch(dispatch)
    add(dispatch, make_subscriber(2).pk)
    run_dispatch(dispatch)
    found = queries.message_log(since=LATER - timedelta(hours=1))
    assert [message.address for message in found] == ["khach2@example.net"]
    assert queries.message_log(until=LATER).count() == 1
