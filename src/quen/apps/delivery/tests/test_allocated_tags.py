"""Merge tags whose values are allocated once per message: never twice, and released when nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

import pytest
from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy
from tests.cast import NOW
from tests.registries import Registrations

from quen.apps.channels.services import pacing
from quen.apps.channels.tests.sink import Sink
from quen.apps.compliance import services as compliance
from quen.apps.content import registry
from quen.apps.content.types import MergeTag
from quen.apps.delivery import services
from quen.apps.delivery.models import Dispatch, Message
from quen.apps.delivery.services.throttle import send_throttle
from quen.apps.delivery.tests.factories import (
    deliver_all,
    make_connection,
    make_content,
    make_dispatch,
    make_sender,
    make_subscribers,
    recount,
    run_dispatch,
)
from quen.apps.delivery.types import DispatchState, MessageState
from quen.core.actors import SYSTEM
from quen.core.errors import DomainError
from quen.core.sql import Relation

pytestmark = pytest.mark.django_db
BODY = "<p>Mã của bạn: {{ voucher }}</p>"


class OutOfCodes(DomainError):
    """No code is left."""

    code = "out_of_codes"
    text = gettext_lazy("No codes left.")


class Codes:
    """A pool of codes in a table: allocate takes free ones, release gives them back."""

    #: called inside the transaction, after values were taken
    interrupt: ClassVar[Any] = None

    @staticmethod
    def allocate(messages: Relation, *, now: datetime) -> Relation:
        with connection.cursor() as cursor:
            cursor.execute(messages.text, messages.params)
            ids = [row[0] for row in cursor.fetchall()]
            cursor.execute("SELECT count(*) FROM test_codes WHERE message_id IS NULL")
            ((free,),) = cursor.fetchall()
            if free < len(ids):
                raise OutOfCodes()
            cursor.execute(
                "WITH free AS (SELECT code, row_number() OVER (ORDER BY code) AS n FROM (SELECT code FROM test_codes"
                " WHERE message_id IS NULL ORDER BY code LIMIT %s FOR UPDATE SKIP LOCKED) f),"
                " wanted AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM unnest(%s::bigint[]) w (id))"
                " UPDATE test_codes t SET message_id = w.id FROM free f JOIN wanted w USING (n) WHERE t.code = f.code",
                [len(ids), ids],
            )
        if Codes.interrupt is not None:
            Codes.interrupt(ids)
        return Relation(
            "SELECT message_id, code AS value FROM test_codes WHERE message_id = ANY(%(ids)s)",
            {"ids": ids},
            ("message_id", "value"),
        )

    @staticmethod
    def release(messages: Relation, *, now: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE test_codes SET message_id = NULL WHERE message_id IN ({messages.text})",
                messages.params,
            )


@pytest.fixture
def sink(committed_workspace: Any, registrations: Registrations) -> Iterator[Sink]:
    """A workspace with a hundred codes and a connection to a sink."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE test_codes (code text PRIMARY KEY, message_id bigint UNIQUE)")
        cursor.execute(
            "INSERT INTO test_codes SELECT 'SEN-' || lpad(n::text, 3, '0') FROM generate_series(1, 100) n"
        )
    tag = MergeTag("voucher", "Voucher", "Test", "SEN-XXX")
    registrations(registry, empty=("_allocated_tags",))
    registry.register_allocated_tag(registry.AllocatedTag(tag, Codes.allocate, Codes.release))
    Codes.interrupt = None
    with Sink() as made:
        make_connection(made.port)
        yield made
    send_throttle.reset()
    pacing.reset()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE test_codes")


def taken() -> dict[int, str]:
    """The codes by message."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT message_id, code FROM test_codes WHERE message_id IS NOT NULL")
        return dict(cursor.fetchall())


def stored() -> dict[int, str]:
    """The values stored with messages."""
    found = Message.objects.exclude(allocated_values=None).values_list("pk", "allocated_values")
    return {pk: values["voucher"] for pk, values in found if values}


class TestAllocate:
    def test_each_message_gets_its_own_code(self, sink: Sink) -> None:
        dispatch = make_dispatch(make_subscribers(30), content_id=make_content(body=BODY))
        assert dispatch.allocated_tags == ["voucher"]
        run_dispatch(dispatch, batch_size=7)
        codes = list(stored().values())
        assert len(set(codes)) == 30
        assert stored() == taken()
        for mail in sink.mails:
            message = Message.objects.get(address=mail.recipient)
            assert stored()[message.pk].encode() in mail.body

    def test_content_without_the_tag_takes_none(self, sink: Sink) -> None:
        run_dispatch(make_dispatch(make_subscribers(3)))
        assert taken() == {}

    def test_skipped_contacts_take_none(self, sink: Sink) -> None:
        contacts = make_subscribers(3)
        compliance.suppress(channel="email", addresses=[str(contacts[0].email)], cause="manual", now=NOW)
        run_dispatch(make_dispatch(contacts, content_id=make_content(body=BODY)))
        assert len(taken()) == 2

    def test_a_killed_fan_out_allocates_nothing_twice(self, sink: Sink) -> None:
        dispatch = make_dispatch(make_subscribers(30), content_id=make_content(body=BODY))

        def die_once(ids: list[int]) -> None:
            if len(taken()) > 10:
                Codes.interrupt = None
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        Codes.interrupt = staticmethod(die_once)
        with pytest.raises(OperationalError):
            services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW, batch_size=8)
        connection.close()
        assert Message.objects.count() == len(taken()) == 8
        run_dispatch(dispatch, batch_size=8)
        assert len(set(stored().values())) == 30
        assert stored() == taken()

    def test_running_out_pauses_the_dispatch(self, sink: Sink) -> None:
        dispatch = make_dispatch(make_subscribers(105), content_id=make_content(body=BODY))
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW, batch_size=50)
        dispatch.refresh_from_db()
        assert (dispatch.state, dispatch.error["code"]) == (DispatchState.PAUSED, "out_of_codes")
        assert Message.objects.count() == len(taken()) == 100
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO test_codes SELECT 'MORE-' || n FROM generate_series(1, 5) n")
        services.resume_dispatch(dispatch, actor=SYSTEM, now=NOW)
        assert run_dispatch(dispatch).sent == 105

    def test_a_test_shows_the_example_and_takes_none(self, sink: Sink) -> None:
        dispatch = services.send_one(
            source="test",
            source_id=1,
            scheduled_for=NOW,
            name="Thử",
            address="an@tra-sen.example",
            language="vi",
            message_class="marketing",
            connection=make_connection(sink.port),
            sender=make_sender(),
            content_id=make_content(body=BODY),
            now=NOW,
        )
        deliver_all(dispatch.connection_id)
        assert b"SEN-XXX" in sink.mails[0].body
        assert taken() == {}


class TestRelease:
    def test_a_cancelled_dispatch_releases_what_was_not_sent(self, sink: Sink) -> None:
        dispatch = make_dispatch(make_subscribers(20), content_id=make_content(body=BODY))
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW)
        assert len(taken()) == 20
        services.cancel_dispatch(dispatch, actor=SYSTEM, now=NOW)
        services.cancel_remaining(dispatch_id=dispatch.pk, now=NOW)
        assert taken() == stored() == {}
        assert recount(dispatch.pk).cancelled == 20

    def test_a_contact_skipped_right_before_sending_releases_theirs(self, sink: Sink) -> None:
        contacts = make_subscribers(3)
        dispatch = make_dispatch(contacts, content_id=make_content(body=BODY))
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
        assert len(taken()) == 2
        assert stored() == taken()

    def test_deferred_messages_of_a_cancelled_dispatch_release_theirs(self, sink: Sink) -> None:
        sink.script.answer = lambda command, _line, _mail: (
            b"451 4.7.1 Greylisted\r\n" if command == "RCPT" else None
        )
        dispatch = make_dispatch(make_subscribers(2), content_id=make_content(body=BODY))
        assert run_dispatch(dispatch).deferred == 2
        services.cancel_dispatch(Dispatch.objects.get(pk=dispatch.pk), actor=SYSTEM, now=NOW)
        services.cancel_remaining(dispatch_id=dispatch.pk, now=NOW)
        assert taken() == {}
        assert set(Message.objects.values_list("state", flat=True)) == {MessageState.CANCELLED}
