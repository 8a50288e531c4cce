"""From an audience to mails on the wire, and the counters on the way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from tests.cast import AN, NOW

from quen.apps.channels import queries as channels
from quen.apps.channels.services import pacing
from quen.apps.channels.tests.sink import CLOSE, ReceivedMail, Script, Sink
from quen.apps.channels.types import ConnectionState
from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import ExclusionReason
from quen.apps.delivery import queries, services
from quen.apps.delivery.models import Dispatch, DispatchRecipient, InFlightBatch, Message, QueueRange
from quen.apps.delivery.services.throttle import send_throttle
from quen.apps.delivery.tests.factories import (
    contacts_relation,
    deliver_all,
    make_connection,
    make_content,
    make_dispatch,
    make_sender,
    make_subscriber,
    make_subscribers,
    recount,
    run_dispatch,
)
from quen.apps.delivery.types import (
    AlreadyDispatched,
    DispatchCounts,
    DispatchFinished,
    DispatchState,
    MessageState,
    NotUncertain,
)
from quen.apps.team import queries as team
from quen.core import citus, jobs, schemas
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink(committed_workspace: Any) -> Iterator[Sink]:
    with Sink() as made:
        make_connection(made.port)
        yield made
    send_throttle.reset()
    pacing.reset()


def answering(answer: Any) -> Script:
    return Script(answer=answer)


class TestDispatch:
    def test_eligible_contacts_get_one_mail_and_the_others_a_reason(self, sink: Sink) -> None:
        contacts = make_subscribers(120)
        without_consent = make_subscriber(consent_email=0, status=0, email="im@example.net")
        without_address = make_subscriber()
        dispatch = make_dispatch([*contacts, without_consent, without_address])

        counts = run_dispatch(dispatch, batch_size=50)

        assert sorted(sink.recipients) == sorted(str(contact.email) for contact in contacts)
        assert counts == DispatchCounts(
            audience=122,
            sent=120,
            skipped_by_reason={ExclusionReason.NO_ADDRESS: 1, ExclusionReason.NO_CONSENT: 1},
        )
        assert dispatch.state == DispatchState.FINISHED
        assert dispatch.ended_at == dispatch.first_sent_at == NOW
        assert (
            not DispatchRecipient.objects.exists()
            and not QueueRange.objects.exists()
            and not InFlightBatch.objects.exists()
        )
        assert queries.progress(dispatch, NOW).percent == 100

    def test_each_mail_is_rendered_for_its_recipient(self, sink: Sink) -> None:
        run_dispatch(
            make_dispatch(
                [make_subscriber(1, full_name="Lê Thị Mai"), make_subscriber(2, full_name="Trần Bảo")]
            )
        )
        bodies = {mail.recipient: mail.body for mail in sink.mails}
        assert bodies["khach1@example.net"] != bodies["khach2@example.net"]
        for body in bodies.values():
            assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in body
            assert b"Subject: " in body

    def test_rendering_in_a_subprocess_gives_the_same(self, sink: Sink) -> None:
        counts = run_dispatch(make_dispatch(make_subscribers(60)), render_in_subprocess=True)
        assert counts.sent == len(set(sink.recipients)) == 60

    def test_the_same_source_and_time_is_dispatched_once(self, workspace: Any) -> None:
        make_connection()
        first = make_dispatch([make_subscriber(1)])
        with pytest.raises(AlreadyDispatched):
            make_dispatch([make_subscriber(2)], content_id=first.content_id)
        assert Dispatch.objects.count() == 1

    def test_contacts_added_later_are_not_included(self, workspace: Any) -> None:
        make_connection()
        early = make_subscriber(1)
        dispatch = make_dispatch(contacts_relation([early.pk]))
        make_subscriber(2)
        assert run_dispatch(dispatch).audience == 1

    def test_fanning_out_twice_creates_each_message_once(self, workspace: Any) -> None:
        make_connection()
        dispatch = make_dispatch(make_subscribers(30))
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW, batch_size=10)
        Dispatch.objects.filter(pk=dispatch.pk).update(state=DispatchState.FANNING_OUT, fanned_out_count=0)
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW, batch_size=10)
        assert Message.objects.count() == 30

    def test_keeps_the_frequency_cap(self, workspace: Any) -> None:
        make_connection()
        contact = make_subscriber(1)
        for number in range(1, 4):
            assert run_dispatch(make_dispatch([contact], source_id=number)).sent == 1
        assert run_dispatch(make_dispatch([contact], source_id=4)).skipped_by_reason == {
            ExclusionReason.FREQUENCY_CAP: 1
        }
        assert queries.estimate_reach(
            contacts_relation([contact.pk]), channel="email", message_class="marketing", now=NOW
        ).skipped_by_reason == {ExclusionReason.FREQUENCY_CAP: 1}
        tomorrow = queries.estimate_reach(
            contacts_relation([contact.pk]),
            channel="email",
            message_class="marketing",
            now=NOW + timedelta(hours=25),
        )
        assert tomorrow.eligible == 1


class TestUnsubscribing:
    def test_unsubscribing_while_queued_skips_the_message(self, sink: Sink) -> None:
        contacts = make_subscribers(3)
        dispatch = make_dispatch(contacts)
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW)
        compliance.unsubscribe(
            contact_id=contacts[1].pk,
            channel="email",
            method="link",
            all_channels=False,
            message_id=None,
            now=NOW,
        )
        deliver_all(dispatch.connection_id)
        assert "khach2@example.net" not in [
            mail.recipient for mail in sink.mails if b"List-Unsubscribe" in mail.body
        ]
        assert recount(dispatch.pk) == DispatchCounts(
            audience=3, sent=2, skipped_by_reason={ExclusionReason.UNSUBSCRIBED: 1}
        )

    def test_a_changed_address_is_used(self, sink: Sink) -> None:
        contact = make_subscriber(1)
        dispatch = make_dispatch([contact])
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW)
        type(contact).objects.filter(pk=contact.pk).update(email="moi@example.net")
        deliver_all(dispatch.connection_id)
        assert sink.recipients == ["moi@example.net"]
        assert b"To: moi@example.net" in sink.mails[0].body
        assert recount(dispatch.pk).sent == 1


class TestReplies:
    def test_a_refusal_is_stored_and_a_dead_address_suppressed(self, sink: Sink) -> None:
        def answer(command: str, _line: bytes, mail: ReceivedMail) -> object:
            if command == "RCPT" and mail.recipient.startswith("khach2@"):
                return b"550 5.1.1 No such user\r\n"
            return None

        sink.script.answer = answer
        contacts = make_subscribers(3)
        dispatch = make_dispatch(contacts)
        assert run_dispatch(dispatch) == DispatchCounts(audience=3, sent=2, refused=1)
        refused = Message.objects.get(address="khach2@example.net")
        assert refused.state == MessageState.REFUSED
        assert "550" in refused.code and "No such user" in refused.provider_message
        later = make_dispatch(contacts, source_id=2)
        assert run_dispatch(later).skipped_by_reason == {ExclusionReason.SUPPRESSED_BOUNCE: 1}

    def test_deferred_messages_are_retried_for_a_day(self, sink: Sink) -> None:
        sink.script.answer = lambda command, _line, _mail: (
            b"451 4.7.1 Greylisted\r\n" if command == "RCPT" else None
        )
        dispatch = make_dispatch(make_subscribers(2))
        now = NOW
        assert run_dispatch(dispatch).deferred == 2
        deliver_all(dispatch.connection_id, now=now + timedelta(seconds=59))
        assert Message.objects.filter(tries=1).count() == 2
        for tries in range(2, 7):
            now = Message.objects.get(address="khach1@example.net").due_at or now
            deliver_all(dispatch.connection_id, now=now)
            assert Message.objects.filter(tries=tries).count() == 2
        assert recount(dispatch.pk).failed == 2
        assert now - NOW > timedelta(hours=20)
        dispatch.refresh_from_db()
        assert dispatch.state == DispatchState.FINISHED

        sink.script.answer = lambda _command, _line, _mail: None
        assert services.retry_failed(dispatch, actor=SYSTEM, now=now) == 2
        deliver_all(dispatch.connection_id, now=now)
        assert recount(dispatch.pk).sent == 2

    def test_a_lost_reply_is_uncertain_until_resolved(self, sink: Sink, an: Any) -> None:
        sink.script.answer = lambda command, _line, mail: (
            CLOSE if command == "END" and mail.recipient.startswith(("khach2@", "khach3@")) else None
        )
        dispatch = make_dispatch(make_subscribers(4))
        counts = run_dispatch(dispatch)
        assert counts.uncertain == 2
        assert counts.sent == 2
        sink.script.answer = lambda _command, _line, _mail: None
        second, third = Message.objects.filter(state=MessageState.UNKNOWN_OUTCOME).order_by("address")
        services.resolve_uncertain(second, sent=True, actor=an.actor, now=NOW)
        assert recount(dispatch.pk) == DispatchCounts(audience=4, sent=3, uncertain=1)
        services.resolve_uncertain(third, sent=False, actor=an.actor, now=NOW)
        assert recount(dispatch.pk) == DispatchCounts(audience=4, sent=3, queued=1)
        with pytest.raises(NotUncertain):
            services.resolve_uncertain(third, sent=True, actor=an.actor, now=NOW)
        deliver_all(dispatch.connection_id)
        assert recount(dispatch.pk).sent == 4
        assert Message.objects.get(pk=third.pk).attempt == 2


class TestLifecycle:
    def test_a_paused_dispatch_resumes_where_it_stopped(self, sink: Sink, an: Any) -> None:
        dispatch = make_dispatch(make_subscribers(30))
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW)
        services.pause_dispatch(dispatch, actor=an.actor, now=NOW)
        deliver_all(dispatch.connection_id)
        assert sink.recipients == []
        services.resume_dispatch(dispatch, actor=an.actor, now=NOW)
        deliver_all(dispatch.connection_id)
        assert len(sink.recipients) == 30

    def test_no_batch_is_claimed_after_cancelling(self, sink: Sink) -> None:
        dispatch = make_dispatch(make_subscribers(300))
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW)
        at_cancel = []
        schema = schemas.current()

        def answer(command: str, _line: bytes, _mail: ReceivedMail) -> object:
            if command == "END" and len(sink.mails) == 120:
                cancelling = threading.Thread(target=cancel_from_outside, args=(dispatch.pk, schema))
                cancelling.start()
                cancelling.join()
                at_cancel.append(len(sink.mails))
            return None

        sink.script.answer = answer
        deliver_all(dispatch.connection_id)
        assert len(sink.recipients) - at_cancel[0] <= 50
        services.cancel_remaining(dispatch_id=dispatch.pk, now=NOW)
        counts = recount(dispatch.pk)
        assert counts.sent == len(sink.recipients)
        assert counts.cancelled == 300 - counts.sent
        dispatch.refresh_from_db()
        assert dispatch.ended_at == NOW
        with pytest.raises(DispatchFinished):
            services.resume_dispatch(dispatch, actor=SYSTEM, now=NOW)


class TestErrors:
    def test_an_unreachable_server_is_retried_later(self, sink: Sink) -> None:
        dispatch = make_dispatch(make_subscribers(2))
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW)
        sink.script.answer = lambda command, _line, _mail: CLOSE if command == "CONNECT" else None
        with pytest.raises(jobs.Retry):
            services.deliver(
                connection_id=dispatch.connection_id, clock=lambda: NOW, render_in_subprocess=False
            )
        assert recount(dispatch.pk) == DispatchCounts(audience=2, queued=2)
        assert channels.get_connection(dispatch.connection_id).state == ConnectionState.FAILING
        # An enqueued job does not shorten the cool-down.
        assert not services.deliver(
            connection_id=dispatch.connection_id, clock=lambda: NOW, render_in_subprocess=False
        )
        sink.script.answer = lambda _command, _line, _mail: None
        send_throttle.reset()
        deliver_all(dispatch.connection_id)
        assert recount(dispatch.pk).sent == 2
        assert channels.get_connection(dispatch.connection_id).state == ConnectionState.WORKING

    def test_a_wrong_password_pauses_and_notifies(self, sink: Sink) -> None:
        sink.script.users["shop"] = "right"
        sink.script.features = (*sink.script.features, "AUTH PLAIN LOGIN")
        make_connection(sink.port, username="shop", secret="wrong")  # of this test's server
        an = team.members().get(email=AN)
        dispatch = make_dispatch(make_subscribers(2), actor=an.actor)
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW)
        assert not services.deliver(
            connection_id=dispatch.connection_id, clock=lambda: NOW, render_in_subprocess=False
        )
        dispatch.refresh_from_db()
        assert dispatch.state == DispatchState.PAUSED
        assert dispatch.error["code"] == "wrong_password"
        assert recount(dispatch.pk).queued == 2
        assert team.notifications(an).filter(kind="delivery.paused_on_error").exists()


class TestWorker:
    def test_jobs_run_a_dispatch_to_its_end(self, sink: Sink) -> None:
        dispatch = make_dispatch(make_subscribers(70))
        working = threading.Thread(
            target=jobs.run_worker,
            args=(jobs.QUEUES, 1),
            kwargs={"wait": False},
        )
        working.start()
        working.join()
        dispatch.refresh_from_db()
        assert dispatch.state == DispatchState.FINISHED
        assert len(set(sink.recipients)) == recount(dispatch.pk).sent == 70


def cancel_from_outside(dispatch_id: int, schema: str) -> None:
    """Cancel in another thread on another connection, as a colleague's click does."""
    try:
        with schemas.use(schema):
            services.cancel_dispatch(queries.get_dispatch(dispatch_id), actor=SYSTEM, now=NOW)
    finally:
        connection.close()


class TestUsage:
    def test_counts_what_a_connection_has_sent_since(self, workspace: Any) -> None:
        connection = make_connection()
        run_dispatch(make_dispatch(make_subscribers(3)))
        assert queries.sent_since(connection.pk, NOW - timedelta(hours=1)) == 3
        Dispatch.objects.update(first_sent_at=NOW - timedelta(hours=2), ended_at=None)
        assert queries.sent_since(connection.pk, NOW - timedelta(hours=1)) == 3
        assert queries.sent_since(connection.pk, NOW + timedelta(hours=1)) == 0
        assert queries.sent_since(connection.pk + 1, NOW - timedelta(hours=1)) == 0


class TestPriority:
    def test_a_test_is_sent_before_a_campaign(self, sink: Sink) -> None:
        dispatch = make_dispatch(make_subscribers(3))
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW)
        services.send_one(
            source="test",
            source_id=1,
            scheduled_for=NOW,
            name="Thử",
            address="an@tra-sen.example",
            language="vi",
            message_class="marketing",
            connection=channels.get_connection(dispatch.connection_id),
            sender=make_sender(),
            content_id=make_content(),
            now=NOW,
        )
        deliver_all(dispatch.connection_id)
        assert sink.recipients[0] == "an@tra-sen.example"
        assert len(sink.recipients) == 4


class TestPlannerStatistics:
    """Without statistics of the recipients a second campaign to 20,000 contacts took minutes to fan out."""

    @pytest.mark.usefixtures("sink")
    def test_the_planner_knows_how_many_recipients_a_large_dispatch_has(self) -> None:
        dispatch = make_dispatch(contacts_relation(range(1, 2_001)))
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW, batch_size=500)
        assert citus.estimated_rows("delivery_dispatchrecipient") == 2_000
        assert Message.objects.filter(dispatch_id=dispatch.pk).count() == 2_000
