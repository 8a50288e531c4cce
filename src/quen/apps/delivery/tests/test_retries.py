"""Sending messages again respects the frequency cap (Decree 91/2020 Art. 13.5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.compliance import queries as compliance
from quen.apps.contacts.models import Contact
from quen.apps.delivery import services
from quen.apps.delivery.models import Dispatch, Message
from quen.apps.delivery.tests.factories import (
    make_connection,
    make_dispatch,
    make_subscribers,
    recount,
    run_dispatch,
)
from quen.apps.delivery.types import DispatchState, FrequencyCapReached, MessageState
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db
LONG_AGO = NOW - timedelta(days=2)


@pytest.fixture
def contacts(workspace: Any) -> list[Contact]:
    make_connection()
    return make_subscribers(2)


@pytest.fixture(params=[MessageState.UNKNOWN_OUTCOME, MessageState.FAILED])
def old(contacts: list[Contact], request: pytest.FixtureRequest) -> Dispatch:
    """A dispatch that ended two days ago with two unresolved messages."""
    from quen.apps.delivery.services.counters import add_counters, counters_for

    dispatch = make_dispatch(contacts, scheduled_for=LONG_AGO, now=LONG_AGO)
    services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW)
    (name,) = counters_for(request.param)
    Message.objects.filter(dispatch_id=dispatch.pk).update(state=request.param)
    add_counters({dispatch.pk: {"queued": -2, name: 2}})
    Dispatch.objects.filter(pk=dispatch.pk).update(state=DispatchState.FINISHED, ended_at=LONG_AGO)
    dispatch.refresh_from_db()
    return dispatch


def retry(dispatch: Dispatch) -> int:
    if Message.objects.filter(state=MessageState.FAILED).exists():
        return services.retry_failed(dispatch, actor=SYSTEM, now=NOW)
    return services.resolve_all_uncertain(dispatch, sent=False, actor=SYSTEM, now=NOW)


def fill_cap(contacts: list[Contact]) -> None:
    for number in range(compliance.channel_rules("email").daily_cap):
        run_dispatch(make_dispatch(contacts, source_id=10 + number))


def test_contacts_at_the_frequency_cap_are_not_retried(old: Dispatch, contacts: list[Contact]) -> None:
    fill_cap(contacts[:1])
    assert retry(old) == 1
    assert Message.objects.get(dispatch_id=old.pk, state=MessageState.QUEUED).contact_id == contacts[1].pk
    recount(old.pk)


def test_refuses_when_everyone_is_at_the_cap(old: Dispatch, contacts: list[Contact]) -> None:
    fill_cap(contacts)
    with pytest.raises(FrequencyCapReached):
        retry(old)
    assert not Message.objects.filter(dispatch_id=old.pk, state=MessageState.QUEUED).exists()


def test_retries_all_below_the_cap(old: Dispatch) -> None:
    assert retry(old) == 2
