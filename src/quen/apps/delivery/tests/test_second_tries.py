"""Letting messages go again keeps the cap that held when they were gathered (Decree 91/2020 Art. 13.5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.compliance import queries as compliance
from quen.apps.contacts.models import Contact
from quen.apps.delivery import services
from quen.apps.delivery.models import Launch, Message
from quen.apps.delivery.tests.kit import connect, make_launch, make_readers, recounted, work_off
from quen.apps.delivery.types import HadEnough, LaunchState, MessageState

pytestmark = pytest.mark.django_db
LONG_AGO = NOW - timedelta(days=2)


@pytest.fixture
def readers(workspace: Any) -> list[Contact]:
    connect()
    return make_readers(2)


@pytest.fixture(params=[MessageState.UNCERTAIN, MessageState.FAILED])
def old(readers: list[Contact], request: pytest.FixtureRequest) -> Launch:
    """Ended two days ago; what it could not say of two people is still open."""
    from quen.apps.delivery.services.tallies import figures_at, move_tally

    launch = make_launch(readers, origin_at=LONG_AGO, now=LONG_AGO)
    services.gather(launch_id=launch.pk, clock=lambda: NOW)
    (figure,) = figures_at(request.param)
    Message.objects.filter(launch_id=launch.pk).update(state=request.param)
    move_tally({launch.pk: {"queued": -2, figure: 2}})
    Launch.objects.filter(pk=launch.pk).update(state=LaunchState.FINISHED, ended_at=LONG_AGO)
    launch.refresh_from_db()
    return launch


def again(launch: Launch) -> int:
    if Message.objects.filter(state=MessageState.FAILED).exists():
        return services.retry_failed(launch, actor=None, now=NOW)
    return services.settle_all_uncertain(launch, sent=False, actor=None, now=NOW)


def fill(people: list[Contact]) -> None:
    for number in range(compliance.rules().email_cap):
        work_off(make_launch(people, source_id=10 + number))


def test_whoever_had_enough_from_others_stays_as_they_are(old: Launch, readers: list[Contact]) -> None:
    fill(readers[:1])
    assert again(old) == 1
    assert Message.objects.get(launch_id=old.pk, state=MessageState.QUEUED).contact_id == readers[1].pk
    recounted(old.pk)


def test_nobody_left_is_said(old: Launch, readers: list[Contact]) -> None:
    fill(readers)
    with pytest.raises(HadEnough):
        again(old)
    assert not Message.objects.filter(launch_id=old.pk, state=MessageState.QUEUED).exists()


def test_without_others_all_go_again(old: Launch) -> None:
    assert again(old) == 2
