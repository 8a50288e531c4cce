"""Sending: repeated until it arrives, each endpoint by itself, never into a private network."""

from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import services as contacts
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.events import services as events
from quen.apps.webhooks import queries, services
from quen.apps.webhooks.models import DeliveryAttempt, Endpoint, WebhookMessage
from quen.apps.webhooks.tests.receivers import (
    LIMITS,
    Handler,
    Received,
    answer,
    deliver,
    make_endpoint,
    receiving,
)
from quen.apps.webhooks.types import SendLimits, WebhookMessageState
from quen.core.actors import SYSTEM

MANY = 200


def new_contact(workspace: Any, number: int = 0, *, now: Any = NOW) -> Any:
    values = {"full_name": f"Lan {number}", "phone": f"+84901{number:06d}"}
    return contacts.create_contact(workspace=workspace, values=values, actor=SYSTEM, now=now)


def new_contacts(count: int) -> list[int]:
    """Return new contacts, written past the services."""
    ids = [make_contact().pk for _each in range(count)]
    events.record_relation("contact_created", contact_queries.relation_of_ids(ids), at=NOW)
    return ids


def message() -> WebhookMessage:
    return WebhookMessage.objects.get()


class TestRepeating:
    def test_what_arrives_is_sent_once(self, workspace: Any) -> None:
        with receiving() as receiver:
            make_endpoint(receiver)
            lan = new_contact(workspace)
            deliver()
            deliver(now=NOW + timedelta(days=1))
        (received,) = receiver.received
        assert received.type == "contact.created"
        assert received.contact_id == lan.pk
        assert received.json["timestamp"] == "2026-10-14T02:00:00Z"
        sent = message()
        assert (sent.state, sent.attempts, sent.last_status) == (WebhookMessageState.DELIVERED, 1, 200)
        (attempt,) = queries.attempts_of(sent)
        assert (attempt.status, attempt.answer) == (200, "ok")

    def test_what_fails_is_sent_again_with_the_same_id_and_body(self, workspace: Any) -> None:
        with receiving(answer(500, b"no disk")) as receiver:
            make_endpoint(receiver)
            new_contact(workspace)
            deliver()
            failed = message()
            assert (failed.state, failed.attempts, failed.last_status) == (
                WebhookMessageState.WAITING,
                1,
                500,
            )
            deliver()
            assert len(receiver.received) == 1
            receiver.handler = answer()
            deliver(now=NOW + timedelta(seconds=6))
        first, second = receiver.received
        assert (first.id, first.body) == (second.id, second.body)
        assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
        assert message().state == WebhookMessageState.DELIVERED
        assert [each.answer for each in queries.attempts_of(message())] == ["ok", "no disk"]

    def test_one_that_no_system_takes_is_given_up_after_three_days_while_others_arrive(
        self, workspace: Any
    ) -> None:
        def picky(request: BaseHTTPRequestHandler, received: Received) -> None:
            answer(422 if received.contact_id == lan.pk else 200)(request, received)

        with receiving(picky) as receiver:
            endpoint = make_endpoint(receiver)
            lan = new_contact(workspace)
            other = make_contact()
            for hours in range(0, 78, 2):
                now = NOW + timedelta(hours=hours)
                events.record("contact_created", contact_id=other.pk, at=now)
                for later in (0, 6, 400, 2_300):
                    deliver(now=now + timedelta(seconds=later))
        endpoint.refresh_from_db()
        assert endpoint.paused_at is None
        given_up = WebhookMessage.objects.get(contact_id=lan.pk)
        assert (given_up.state, given_up.attempts) == (WebhookMessageState.FAILED, 10)
        assert given_up.ended_at is not None
        assert given_up.ended_at - NOW < timedelta(days=3, hours=10)

    def test_too_many_requests_is_a_pause_for_all_of_them(self, workspace: Any) -> None:
        with receiving(answer(429, Retry_After="120")) as receiver:
            endpoint = make_endpoint(receiver)
            new_contacts(20)
            deliver()
            asked = len(receiver.received)
            assert asked <= LIMITS.share
            deliver(now=NOW + timedelta(seconds=119))
            assert len(receiver.received) == asked
            receiver.handler = answer()
            deliver(now=NOW + timedelta(seconds=121))
        assert WebhookMessage.objects.filter(endpoint=endpoint, state="delivered").count() == 20

    def test_a_dead_address_costs_one_request_at_a_time(self, workspace: Any) -> None:
        with receiving(answer(503)) as receiver:
            make_endpoint(receiver)
            new_contacts(30)
            for seconds in (0, 10, 30, 60):
                deliver(now=NOW + timedelta(seconds=seconds))
        assert len(receiver.received) <= LIMITS.share + 3


class TestReach:
    def test_private_addresses_are_refused_when_connecting(self, workspace: Any) -> None:
        """Whatever its name meant when it was saved."""
        with receiving() as receiver:
            make_endpoint(receiver)
            new_contact(workspace)
            with receiving(allowed=False) as inner:
                Endpoint.objects.update(url=f"http://localhost:{inner.port}/")
                deliver()
            assert inner.received == receiver.received == []
        assert message().last_error == "private_address"

    def test_redirects_are_not_followed(self, workspace: Any) -> None:
        with receiving() as other, receiving() as receiver:
            receiver.handler = answer(302, Location=other.url)
            make_endpoint(receiver)
            new_contact(workspace)
            deliver()
            assert other.received == []
        assert (message().state, message().last_status) == (WebhookMessageState.WAITING, 302)

    def test_little_of_a_long_answer_is_read_and_kept(self, workspace: Any) -> None:
        def endless(request: BaseHTTPRequestHandler, _received: Received) -> None:
            request.send_response(200)
            request.send_header("Content-Length", str(10**9))
            request.end_headers()
            try:
                while True:
                    request.wfile.write(b"x\0" * 4096)
            except OSError:
                pass

        with receiving(endless) as receiver:
            make_endpoint(receiver)
            new_contact(workspace)
            deliver()
        assert message().state == WebhookMessageState.DELIVERED
        assert DeliveryAttempt.objects.get().answer == "x" * 300


class TestIndependence:
    def test_one_that_drips_holds_back_no_other(self, workspace: Any) -> None:
        """All of the healthy one's messages arrive while the first requests of the other still drip."""
        arrived_meanwhile: list[int] = []
        beat = threading.Event()

        def drip(request: BaseHTTPRequestHandler, _received: Received) -> None:
            try:
                request.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while len(healthy.received) < MANY:
                    beat.wait(0.1)
                    request.wfile.write(b"X")
                    request.wfile.flush()
            except OSError:
                pass  # the sender's patience ended first
            arrived_meanwhile.append(len(healthy.received))
            request.close_connection = True

        with receiving(drip) as slow, receiving() as healthy:
            make_endpoint(slow)
            make_endpoint(healthy)
            new_contacts(MANY)
            deliver(limits=SendLimits(request_seconds=30.0))
        assert arrived_meanwhile
        assert set(arrived_meanwhile) == {MANY}
        assert len(slow.received) <= LIMITS.share

    def test_a_backlog_of_one_does_not_hide_the_others(self, workspace: Any) -> None:
        order: list[str] = []

        def noting(name: str) -> Handler:
            def handle(request: BaseHTTPRequestHandler, received: Received) -> None:
                order.append(name)
                answer()(request, received)

            return handle

        with receiving(noting("busy")) as busy, receiving(noting("calm")) as calm:
            make_endpoint(busy)
            make_endpoint(calm, ["contact.deleted"])
            ids = new_contacts(MANY)
            events.record("contact_deleted", contact_id=ids[-1], at=NOW)
            deliver()
        assert order.count("calm") == 1
        assert order.index("calm") < MANY // 2

    def test_two_senders_of_a_workspace_are_one(self, workspace: Any) -> None:
        during = []

        def ask(request: BaseHTTPRequestHandler, received: Received) -> None:
            asked.set()
            release.wait(30)
            answer()(request, received)

        asked, release = threading.Event(), threading.Event()
        with receiving(ask) as receiver:
            make_endpoint(receiver)
            new_contact(workspace)
            events.drain(services.CONSUMER, now=NOW)

            def second() -> None:
                from quen.core import schemas

                asked.wait(30)
                with schemas.use(workspace.schema_name):
                    during.append(services.send_due(clock=lambda: NOW))
                release.set()

            other = threading.Thread(target=second)
            other.start()
            services.send_due(clock=lambda: NOW, limits=SendLimits(request_seconds=30))
            other.join()
        assert during == [None]
        assert len(receiver.received) == 1


class TestTimeRunsOut:
    def test_a_run_ends_and_says_that_there_is_more(self, workspace: Any) -> None:
        with receiving() as receiver:
            make_endpoint(receiver)
            new_contact(workspace)
            events.drain(services.CONSUMER, now=NOW)
            ended = SendLimits(run_seconds=0.0)
            assert services.send_due(clock=lambda: NOW, limits=ended) is True
            assert receiver.received == []
            assert services.seconds_until_due(clock=lambda: NOW) == pytest.approx(0)
            deliver()
            assert services.seconds_until_due(clock=lambda: NOW) is None
