"""Endpoints that take nothing are paused after days, and nothing is lost by it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts.tests.factories import make_contact
from quen.apps.events import services as events
from quen.apps.team.models import Notification
from quen.apps.webhooks import services
from quen.apps.webhooks.models import DeliveryAttempt, Endpoint, WebhookMessage
from quen.apps.webhooks.tests.receivers import answer, deliver, make_endpoint, receiving
from quen.apps.webhooks.types import EndpointPaused, EndpointPauseReason, WebhookMessageState
from quen.core.actors import SYSTEM
from quen.core.errors import NotFound


def happen(count: int = 1, *, now: datetime = NOW) -> None:
    for _each in range(count):
        events.record("contact_created", contact_id=make_contact().pk, at=now)
    events.drain(services.CONSUMER, now=now)


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in WebhookMessage.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def fail_for(endpoint: Endpoint, time: timedelta, *, start: datetime = NOW) -> datetime:
    """Let a dead endpoint be tried as often as it is due."""
    now = start
    while now < start + time:
        deliver(now=now)
        now += timedelta(hours=3)
    endpoint.refresh_from_db()
    return now


class TestPaused:
    def test_after_two_days_without_one_success_with_a_notice(self, workspace: Any, an: Any) -> None:
        with receiving(answer(500)) as receiver:
            endpoint = make_endpoint(receiver)
            happen(3)
            now = fail_for(endpoint, timedelta(hours=47))
            assert endpoint.paused_at is None
            fail_for(endpoint, timedelta(hours=30), start=now)
        assert endpoint.pause_reason == EndpointPauseReason.FAILING
        (notice,) = Notification.objects.filter(kind="webhooks.paused")
        assert notice.member == an
        assert notice.path.endswith(f"/webhooks/{endpoint.pk}/")
        assert states() == {"waiting": 3}

    def test_not_by_a_count_of_failures(self, workspace: Any) -> None:
        with receiving(answer(500)) as receiver:
            endpoint = make_endpoint(receiver)
            happen(200)
            for minutes in range(0, 600, 5):
                deliver(now=NOW + timedelta(minutes=minutes))
        endpoint.refresh_from_db()
        assert endpoint.paused_at is None
        assert DeliveryAttempt.objects.count() > 20

    def test_not_after_a_success_in_between(self, workspace: Any) -> None:
        with receiving(answer(500)) as receiver:
            endpoint = make_endpoint(receiver)
            happen(1)
            now = fail_for(endpoint, timedelta(hours=40))
            receiver.handler = answer()
            now = fail_for(endpoint, timedelta(hours=30), start=now)
            receiver.handler = answer(500)
            happen(1, now=now)
            fail_for(endpoint, timedelta(hours=40), start=now)
        assert endpoint.paused_at is None

    def test_at_once_when_the_other_system_is_gone(self, workspace: Any) -> None:
        with receiving(answer(410)) as receiver:
            endpoint = make_endpoint(receiver)
            happen(5)
            deliver()
        endpoint.refresh_from_db()
        assert endpoint.pause_reason == EndpointPauseReason.GONE
        assert states() == {"waiting": 5}

    def test_in_a_restored_workspace(self, workspace: Any) -> None:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
            services.pause_all(now=NOW)
            happen()
            deliver()
        endpoint.refresh_from_db()
        assert endpoint.pause_reason == EndpointPauseReason.RESTORED
        assert receiver.received == []


class TestResuming:
    @pytest.fixture
    def paused(self, workspace: Any) -> Any:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
            services.pause_endpoint(endpoint=endpoint, actor=SYSTEM, now=NOW)
            happen(3)
            deliver()
            assert receiver.received == []
            yield receiver, endpoint

    def test_sends_what_was_missed(self, paused: Any) -> None:
        receiver, endpoint = paused
        assert services.resume_endpoint(endpoint=endpoint, send_missed=True, actor=SYSTEM, now=NOW) == 3
        deliver()
        assert receiver.types == ["contact.created"] * 3

    def test_or_leaves_it_out_and_goes_on(self, paused: Any) -> None:
        receiver, endpoint = paused
        assert services.resume_endpoint(endpoint=endpoint, send_missed=False, actor=SYSTEM, now=NOW) == 3
        happen(1)
        deliver()
        assert len(receiver.received) == 1
        assert states() == {"skipped": 3, "delivered": 1}
        # What was left out can still be sent.
        assert services.replay_failed(endpoint=endpoint, since=NOW, actor=SYSTEM, now=NOW) == 3
        deliver()
        assert len(receiver.received) == 4


class TestReplay:
    def test_of_one_keeps_its_id_and_body(self, workspace: Any) -> None:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
            happen()
            deliver()
            message = WebhookMessage.objects.get()
            services.replay(endpoint=endpoint, message_id=message.pk, actor=SYSTEM, now=NOW)
            deliver()
        first, second = receiver.received
        assert (first.id, first.body) == (second.id, second.body)

    def test_of_all_that_failed_since_a_time(self, workspace: Any) -> None:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
            happen(2, now=NOW - timedelta(days=2))
            happen(3)
            WebhookMessage.objects.update(state=WebhookMessageState.FAILED, ended_at=NOW, attempts=10)
            since = NOW - timedelta(days=1)
            assert services.replay_failed(endpoint=endpoint, since=since, actor=SYSTEM, now=NOW) == 3
            deliver()
        assert len(receiver.received) == 3
        assert states() == {"failed": 2, "delivered": 3}

    def test_not_of_another_endpoint(self, workspace: Any) -> None:
        with receiving() as receiver:
            make_endpoint(receiver)
            other = make_endpoint(receiver, ["contact.deleted"])
            happen()
            message = WebhookMessage.objects.get()
            with pytest.raises(NotFound):
                services.replay(endpoint=other, message_id=message.pk, actor=SYSTEM, now=NOW)

    def test_not_while_paused(self, workspace: Any) -> None:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
            services.pause_endpoint(endpoint=endpoint, actor=SYSTEM, now=NOW)
            with pytest.raises(EndpointPaused):
                services.send_test(endpoint=endpoint, now=NOW)
            with pytest.raises(EndpointPaused):
                services.replay_failed(endpoint=endpoint, since=NOW, actor=SYSTEM, now=NOW)


class TestRetention:
    def test_the_log_goes_after_thirty_days_whatever_became_of_it(self, workspace: Any) -> None:
        with receiving(answer(500)) as receiver:
            endpoint = make_endpoint(receiver)
            happen(2)
            deliver()
            happen(1, now=NOW + timedelta(days=5))
            assert services.delete_old(now=NOW + timedelta(days=31)) == 2
            assert WebhookMessage.objects.count() == 1
            assert DeliveryAttempt.objects.count() == 0
            services.delete_endpoint(endpoint=endpoint, actor=SYSTEM, now=NOW)
            assert services.clear_deleted() == 1
        assert not Endpoint.objects.exists()
        assert not WebhookMessage.objects.exists()

    def test_a_deleted_endpoint_gets_nothing(self, workspace: Any) -> None:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
            happen()
            services.delete_endpoint(endpoint=endpoint, actor=SYSTEM, now=NOW)
            deliver()
            happen()
        assert receiver.received == []
        assert states() == {"waiting": 1}
