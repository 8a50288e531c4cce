"""From an audience to mails on the wire, and what is counted on the way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from tests.cast import AN, NOW

from quen.apps.channels import queries as channels
from quen.apps.channels.tests.sink import CLOSE, Mail, Script, Sink
from quen.apps.channels.types import ConnectionState
from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import Reason
from quen.apps.delivery import queries, services
from quen.apps.delivery.models import Chunk, Launch, Message, Pinned, Window
from quen.apps.delivery.services.memory import memory
from quen.apps.delivery.tests.kit import (
    connect,
    hand_over,
    make_launch,
    make_reader,
    make_readers,
    make_sender,
    make_words,
    recounted,
    these,
    work_off,
)
from quen.apps.delivery.types import (
    AlreadyLaunched,
    Figures,
    LaunchOver,
    LaunchState,
    MessageState,
    NotUncertain,
)
from quen.apps.team import queries as team
from quen.core import jobs, schemas

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink(committed_workspace: Any) -> Iterator[Sink]:
    with Sink() as made:
        connect(made.port)
        yield made
    memory.forget()


def answering(answer: Any) -> Script:
    return Script(answer=answer)


class TestLaunch:
    def test_everybody_who_may_gets_one_mail_and_the_others_a_reason(self, sink: Sink) -> None:
        readers = make_readers(120)
        silent = make_reader(consent_email=0, status=0, email="im@example.net")
        nowhere = make_reader()
        launch = make_launch([*readers, silent, nowhere])

        figures = work_off(launch, batch=50)

        assert sorted(sink.recipients) == sorted(str(reader.email) for reader in readers)
        assert figures == Figures(
            audience=122, handed_over=120, left_out={Reason.NO_ADDRESS: 1, Reason.NO_CONSENT: 1}
        )
        assert launch.state == LaunchState.FINISHED
        assert launch.ended_at == launch.first_handed_at == NOW
        assert not Pinned.objects.exists() and not Chunk.objects.exists() and not Window.objects.exists()
        assert queries.pace(launch, NOW).percent == 100

    def test_each_mail_speaks_to_its_reader(self, sink: Sink) -> None:
        work_off(make_launch([make_reader(1, full_name="Lê Thị Mai"), make_reader(2, full_name="Trần Bảo")]))
        bodies = {mail.recipient: mail.body for mail in sink.mails}
        assert bodies["khach1@example.net"] != bodies["khach2@example.net"]
        for body in bodies.values():
            assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in body
            assert b"Subject: " in body

    def test_made_beside_is_the_same(self, sink: Sink) -> None:
        figures = work_off(make_launch(make_readers(60)), beside=True)
        assert figures.handed_over == len(set(sink.recipients)) == 60

    def test_the_same_thing_is_launched_once(self, workspace: Any) -> None:
        connect()
        first = make_launch([make_reader(1)])
        with pytest.raises(AlreadyLaunched):
            make_launch([make_reader(2)], content_id=first.content_id)
        assert Launch.objects.count() == 1

    def test_whoever_comes_later_is_not_meant(self, workspace: Any) -> None:
        connect()
        early = make_reader(1)
        launch = make_launch(these([early.pk]))
        make_reader(2)
        assert work_off(launch).audience == 1

    def test_gathering_twice_writes_nobody_twice(self, workspace: Any) -> None:
        connect()
        launch = make_launch(make_readers(30))
        services.gather(launch_id=launch.pk, clock=lambda: NOW, batch=10)
        Launch.objects.filter(pk=launch.pk).update(state=LaunchState.GATHERING, gathered=0)
        services.gather(launch_id=launch.pk, clock=lambda: NOW, batch=10)
        assert Message.objects.count() == 30

    def test_nobody_gets_more_than_the_cap_in_a_day(self, workspace: Any) -> None:
        connect()
        reader = make_reader(1)
        for number in range(1, 4):
            assert work_off(make_launch([reader], source_id=number)).handed_over == 1
        assert work_off(make_launch([reader], source_id=4)).left_out == {Reason.CAP: 1}
        assert queries.reach(
            these([reader.pk]), kind="email", message_class="marketing", now=NOW
        ).left_out == {Reason.CAP: 1}
        tomorrow = queries.reach(
            these([reader.pk]), kind="email", message_class="marketing", now=NOW + timedelta(hours=25)
        )
        assert tomorrow.eligible == 1


class TestRefusing:
    def test_whoever_refuses_while_the_mail_waits_gets_none(self, sink: Sink) -> None:
        readers = make_readers(3)
        launch = make_launch(readers)
        services.gather(launch_id=launch.pk, clock=lambda: NOW)
        compliance.refuse(
            contact_id=readers[1].pk, channel="email", way="link", everything=False, message_id=None, now=NOW
        )
        hand_over(launch.connection_id)
        assert "khach2@example.net" not in [
            mail.recipient for mail in sink.mails if b"List-Unsubscribe" in mail.body
        ]
        assert recounted(launch.pk) == Figures(audience=3, handed_over=2, left_out={Reason.UNSUBSCRIBED: 1})

    def test_a_changed_address_gets_the_mail_instead(self, sink: Sink) -> None:
        reader = make_reader(1)
        launch = make_launch([reader])
        services.gather(launch_id=launch.pk, clock=lambda: NOW)
        type(reader).objects.filter(pk=reader.pk).update(email="moi@example.net")
        hand_over(launch.connection_id)
        assert sink.recipients == ["moi@example.net"]
        assert b"To: moi@example.net" in sink.mails[0].body
        assert recounted(launch.pk).handed_over == 1


class TestAnswers:
    def test_no_means_refused_and_a_dead_address_is_suppressed(self, sink: Sink) -> None:
        def answer(command: str, _line: bytes, mail: Mail) -> object:
            if command == "RCPT" and mail.recipient.startswith("khach2@"):
                return b"550 5.1.1 No such user\r\n"
            return None

        sink.script.answer = answer
        readers = make_readers(3)
        launch = make_launch(readers)
        assert work_off(launch) == Figures(audience=3, handed_over=2, refused=1)
        told = Message.objects.get(address="khach2@example.net")
        assert told.state == MessageState.REFUSED
        assert "550" in told.code and "No such user" in told.told
        later = make_launch(readers, source_id=2)
        assert work_off(later).left_out == {Reason.SUPPRESSED_BOUNCE: 1}

    def test_not_now_is_tried_again_and_given_up_after_a_day(self, sink: Sink) -> None:
        sink.script.answer = lambda command, _line, _mail: (
            b"451 4.7.1 Greylisted\r\n" if command == "RCPT" else None
        )
        launch = make_launch(make_readers(2))
        now = NOW
        assert work_off(launch).deferred == 2
        hand_over(launch.connection_id, now=now + timedelta(seconds=59))
        assert Message.objects.filter(tries=1).count() == 2
        for tries in range(2, 7):
            now = Message.objects.get(address="khach1@example.net").due_at or now
            hand_over(launch.connection_id, now=now)
            assert Message.objects.filter(tries=tries).count() == 2
        assert recounted(launch.pk).failed == 2
        assert now - NOW > timedelta(hours=20)
        launch.refresh_from_db()
        assert launch.state == LaunchState.FINISHED

        sink.script.answer = lambda _command, _line, _mail: None
        assert services.retry_failed(launch, actor=None, now=now) == 2
        hand_over(launch.connection_id, now=now)
        assert recounted(launch.pk).handed_over == 2

    def test_lost_after_the_last_byte_is_uncertain_until_somebody_says(self, sink: Sink, an: Any) -> None:
        sink.script.answer = lambda command, _line, mail: (
            CLOSE if command == "END" and mail.recipient.startswith(("khach2@", "khach3@")) else None
        )
        launch = make_launch(make_readers(4))
        figures = work_off(launch)
        assert figures.uncertain == 2
        assert figures.handed_over == 2
        sink.script.answer = lambda _command, _line, _mail: None
        second, third = Message.objects.filter(state=MessageState.UNCERTAIN).order_by("address")
        services.settle_uncertain(second, sent=True, actor=an, now=NOW)
        assert recounted(launch.pk) == Figures(audience=4, handed_over=3, uncertain=1)
        services.settle_uncertain(third, sent=False, actor=an, now=NOW)
        assert recounted(launch.pk) == Figures(audience=4, handed_over=3, queued=1)
        with pytest.raises(NotUncertain):
            services.settle_uncertain(third, sent=True, actor=an, now=NOW)
        hand_over(launch.connection_id)
        assert recounted(launch.pk).handed_over == 4
        assert Message.objects.get(pk=third.pk).attempt == 2


class TestStopping:
    def test_a_paused_launch_goes_on_where_it_was(self, sink: Sink, an: Any) -> None:
        launch = make_launch(make_readers(30))
        services.gather(launch_id=launch.pk, clock=lambda: NOW)
        services.pause_launch(launch, actor=an, now=NOW)
        hand_over(launch.connection_id)
        assert sink.recipients == []
        services.resume_launch(launch, actor=an, now=NOW)
        hand_over(launch.connection_id)
        assert len(sink.recipients) == 30

    def test_cancelled_in_the_middle_no_window_opens_after_it(self, sink: Sink) -> None:
        launch = make_launch(make_readers(300))
        services.gather(launch_id=launch.pk, clock=lambda: NOW)
        at_cancel = []
        schema = schemas.current()

        def answer(command: str, _line: bytes, _mail: Mail) -> object:
            if command == "END" and len(sink.mails) == 120:
                clicking = threading.Thread(target=cancel_from_outside, args=(launch.pk, schema))
                clicking.start()
                clicking.join()
                at_cancel.append(len(sink.mails))
            return None

        sink.script.answer = answer
        hand_over(launch.connection_id)
        assert len(sink.recipients) - at_cancel[0] <= 50
        services.drop_rest(launch_id=launch.pk, now=NOW)
        figures = recounted(launch.pk)
        assert figures.handed_over == len(sink.recipients)
        assert figures.cancelled == 300 - figures.handed_over
        launch.refresh_from_db()
        assert launch.ended_at == NOW
        with pytest.raises(LaunchOver):
            services.resume_launch(launch, actor=None, now=NOW)


class TestTrouble:
    def test_out_of_reach_everything_waits_and_goes_later(self, sink: Sink) -> None:
        launch = make_launch(make_readers(2))
        services.gather(launch_id=launch.pk, clock=lambda: NOW)
        sink.script.answer = lambda command, _line, _mail: CLOSE if command == "CONNECT" else None
        with pytest.raises(jobs.TryLater):
            services.hand_over(connection_id=launch.connection_id, clock=lambda: NOW, beside=False)
        assert recounted(launch.pk) == Figures(audience=2, queued=2)
        assert channels.get_connection(launch.connection_id).state == ConnectionState.FAILING
        # Somebody's hint does not cut the pause short.
        assert not services.hand_over(connection_id=launch.connection_id, clock=lambda: NOW, beside=False)
        sink.script.answer = lambda _command, _line, _mail: None
        memory.forget()
        hand_over(launch.connection_id)
        assert recounted(launch.pk).handed_over == 2
        assert channels.get_connection(launch.connection_id).state == ConnectionState.WORKING

    def test_a_wrong_password_pauses_and_tells_whoever_launched(self, sink: Sink) -> None:
        sink.script.users["shop"] = "right"
        sink.script.features = (*sink.script.features, "AUTH PLAIN LOGIN")
        connect(sink.port, username="shop", secret="wrong")  # of a server of this test
        an = team.members().get(email=AN)
        launch = make_launch(make_readers(2), actor=an)
        services.gather(launch_id=launch.pk, clock=lambda: NOW)
        assert not services.hand_over(connection_id=launch.connection_id, clock=lambda: NOW, beside=False)
        launch.refresh_from_db()
        assert launch.state == LaunchState.PAUSED
        assert launch.trouble["code"] == "wrong_password"
        assert recounted(launch.pk).queued == 2
        assert team.notices(an).filter(kind="delivery.stopped").exists()


class TestWorker:
    def test_the_jobs_bring_it_to_its_end(self, sink: Sink) -> None:
        launch = make_launch(make_readers(70))
        working = threading.Thread(
            target=jobs.run_worker,
            args=([jobs.INTERACTIVE, jobs.BULK], 1),
            kwargs={"wait": False},
        )
        working.start()
        working.join()
        launch.refresh_from_db()
        assert launch.state == LaunchState.FINISHED
        assert len(set(sink.recipients)) == recounted(launch.pk).handed_over == 70


def cancel_from_outside(launch_id: int, schema: str) -> None:
    """As a colleague's click would: another thread, another connection."""
    try:
        with schemas.use(schema):
            services.cancel_launch(queries.get_launch(launch_id), actor=None, now=NOW)
    finally:
        connection.close()


class TestOrder:
    def test_a_test_overtakes_a_campaign(self, sink: Sink) -> None:
        launch = make_launch(make_readers(3))
        services.gather(launch_id=launch.pk, clock=lambda: NOW)
        services.send_one(
            source="test",
            source_id=1,
            origin_at=NOW,
            name="Thử",
            address="an@tra-sen.example",
            language="vi",
            message_class="marketing",
            connection=channels.get_connection(launch.connection_id),
            sender=make_sender(),
            content_id=make_words(),
            now=NOW,
        )
        hand_over(launch.connection_id)
        assert sink.recipients[0] == "an@tra-sen.example"
        assert len(sink.recipients) == 4
