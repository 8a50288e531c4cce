"""The message log, a message, a contact's messages, a dispatch."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import pytest
from tests.cast import AN, BINH, NOW

from quen.apps.compliance import services as compliance
from quen.apps.contacts import services as contacts
from quen.apps.delivery import services
from quen.apps.delivery.models import Dispatch, EngagementEvent, Message
from quen.apps.delivery.tests.factories import (
    deliver_all,
    make_connection,
    make_dispatch,
    make_subscriber,
    make_subscribers,
    recount,
    run_dispatch,
)
from quen.apps.delivery.types import DispatchSource, DispatchState, EngagementKind, MessageState
from quen.core import clock
from quen.core.sql import Relation

pytestmark = pytest.mark.django_db
HERE = "/w/tra-sen/messages/"


@pytest.fixture
def sandbox(workspace: Any) -> None:
    make_connection()


class TestLog:
    def test_lists_and_filters(self, sandbox: None, client_of: Any) -> None:
        contact = make_subscriber(1, full_name="Lê Thị Mai")
        run_dispatch(make_dispatch([contact, make_subscriber(2, consent_email=0, status=0)]))
        client = client_of(AN)
        shown = client.get(HERE).content.decode()
        assert "Lê Thị Mai" in shown and "Trà mới tháng Mười" in shown
        assert "khach2@example.net" in shown
        only = client.get(f"{HERE}?q=khach1@example.net&state=2").content.decode()
        assert "Lê Thị Mai" in only and "khach2@example.net" not in only
        assert "Lê Thị Mai" not in client.get(f"{HERE}?q=nobody@example.net").content.decode()
        assert "Lê Thị Mai" not in client.get(f"{HERE}?since=2027-01-01").content.decode()
        assert client_of(BINH).get(HERE).status_code == HTTPStatus.FORBIDDEN

    def test_pages(self, sandbox: None, client_of: Any, django_assert_max_num_queries: Any) -> None:
        run_dispatch(make_dispatch(make_subscribers(60)))
        client = client_of(AN)
        with django_assert_max_num_queries(20):
            first = client.get(HERE)
        assert len(first.context["table"].rows) == 50
        assert len(client.get(HERE + first.context["table"].pager["next"]).context["table"].rows) == 10


class TestMessage:
    def test_shows_the_message_again(self, sandbox: None, client_of: Any) -> None:
        run_dispatch(make_dispatch([make_subscriber(1, full_name="Lê Thị Mai")]))
        message = Message.objects.get()
        EngagementEvent.objects.create(
            message_id=message.pk, kind=EngagementKind.CLICKED, at=NOW, url="https://tra-sen.example/moi"
        )
        client = client_of(AN)
        assert "https://tra-sen.example/moi" in client.get(f"{HERE}{message.pk}/").content.decode()
        body = client.get(f"{HERE}{message.pk}/body/")
        assert "Chào Lê Thị Mai" in body.content.decode()
        assert "sandbox" in body["Content-Security-Policy"]

    def test_an_uncertain_message_is_resolved_by_a_button(self, sandbox: None, client_of: Any) -> None:
        dispatch = make_dispatch([make_subscriber(1)])
        run_dispatch(dispatch)
        message = Message.objects.get()
        Message.objects.update(state=MessageState.UNKNOWN_OUTCOME)
        from quen.apps.delivery.services.counters import add_counters

        add_counters({dispatch.pk: {"sent": -1, "uncertain": 1}})
        address = f"{HERE}{message.pk}/resolve/"
        assert client_of(BINH).post(address, {"sent": "1"}).status_code == HTTPStatus.FORBIDDEN
        assert client_of(AN).post(address, {"sent": "1"}).status_code == HTTPStatus.FOUND
        assert recount(dispatch.pk).sent == 1

    def test_is_listed_on_the_contact_page(self, sandbox: None, client_of: Any) -> None:
        contact = make_subscriber(1)
        run_dispatch(make_dispatch([contact]))
        assert "Trà mới tháng Mười" in client_of(AN).get(f"{HERE}contacts/{contact.pk}/").content.decode()


class TestDispatchPage:
    def test_pause_resume_cancel(self, sandbox: None, client_of: Any) -> None:
        dispatch = make_dispatch(make_subscribers(3))
        here, client = f"{HERE}dispatches/{dispatch.pk}/", client_of(AN)
        assert client.get(here).status_code == HTTPStatus.OK
        client.post(f"{here}pause/")
        dispatch.refresh_from_db()
        assert dispatch.state == DispatchState.PAUSED
        client.post(f"{here}resume/")
        client.post(f"{here}cancel/")
        services.cancel_remaining(dispatch_id=dispatch.pk, now=NOW)
        dispatch.refresh_from_db()
        assert dispatch.state == DispatchState.CANCELLED
        again = client.post(f"{here}pause/", HTTP_HX_REQUEST="true")
        assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


class TestConfirmation:
    def test_is_sent_once_and_without_advertising(self, sandbox: None) -> None:
        contact = make_subscriber(1, language="vi")
        unsubscribe = compliance.unsubscribe(
            contact_id=contact.pk, channel="email", method="link", all_channels=True, message_id=None, now=NOW
        )
        assert services.send_unsubscribe_confirmation(unsubscribe_id=unsubscribe.pk, now=NOW)
        assert not services.send_unsubscribe_confirmation(unsubscribe_id=unsubscribe.pk, now=NOW)
        dispatch = Dispatch.objects.get(source=DispatchSource.NOTICE)
        deliver_all(dispatch.connection_id)
        assert recount(dispatch.pk).sent == 1
        message = Message.objects.get()
        assert message.address == "khach1@example.net"
        parts = services.render_message(message, now=NOW).parts  # type: ignore[union-attr]
        assert "09:00 14/10/2026" in parts["text"]
        assert not parts["subject"].startswith("[QC]")
        assert parts["list_unsubscribe"] == ""

    def test_is_not_sent_after_a_complaint(self, sandbox: None) -> None:
        unsubscribe = compliance.unsubscribe(
            contact_id=make_subscriber(1).pk,
            channel="email",
            method="complaint",
            all_channels=False,
            message_id=None,
            now=NOW,
        )
        assert not services.send_unsubscribe_confirmation(unsubscribe_id=unsubscribe.pk, now=NOW)


class TestErasing:
    def test_keeps_the_counters_and_removes_the_contacts(self, sandbox: None, an: Any) -> None:
        one, two = make_subscribers(2)
        dispatch = make_dispatch([one, two])
        counts = run_dispatch(dispatch)
        gone = Relation(
            "SELECT unnest(%(ids)s::bigint[]) AS contact_id", {"ids": [one.pk, two.pk]}, ("contact_id",)
        )
        EngagementEvent.objects.create(
            message_id=Message.objects.order_by("pk")[0].pk, kind=EngagementKind.OPENED, at=NOW
        )
        contacts.erase_contacts(contacts=gone, actor=an.actor, now=NOW)
        assert set(Message.objects.values_list("address", "provider_id")) == {("", "")}
        assert not Message.objects.filter(contact_id__gte=0).exists()
        assert not EngagementEvent.objects.exists()
        assert recount(dispatch.pk) == counts


class TestServerReplies:
    def test_are_explained_in_the_log_and_quoted_with_the_message(
        self, sandbox: None, client_of: Any
    ) -> None:
        run_dispatch(make_dispatch([make_subscriber(1)]))
        Message.objects.update(
            state=MessageState.REFUSED, code="550 5.1.1", provider_message="No such user here"
        )
        client = client_of(AN)
        listed = client.get(HERE).content.decode()
        assert "Địa chỉ này không tồn tại." in listed
        assert "No such user" not in listed
        shown = client.get(f"{HERE}{Message.objects.get().pk}/").content.decode()
        assert "Địa chỉ này không tồn tại." in shown
        assert "550 5.1.1 No such user here" in shown


class TestSendingNote:
    def note(self, dispatch: Dispatch) -> str:
        dispatch.refresh_from_db()
        found = services.sending_note(dispatch, now=NOW)
        return found.code if found else ""

    def test_says_why_nothing_moves(self, sandbox: None, an: Any) -> None:
        first, second = (
            make_dispatch([make_subscriber(number)], source_id=number, rate_per_second=rate)
            for number, rate in ((1, 2.0), (2, None))
        )
        assert self.note(first) == "preparing"
        for each in (first, second):
            services.fan_out(dispatch_id=each.pk, clock=lambda: NOW)
        assert (self.note(first), self.note(second)) == ("rate", "behind")
        services.pause_dispatch(first, actor=an.actor, now=NOW)
        assert (self.note(first), self.note(second)) == ("paused", "turn")
        deliver_all(second.connection_id)
        assert self.note(second) == ""

    def test_is_on_the_page(self, sandbox: None, client_of: Any, an: Any) -> None:
        dispatch = make_dispatch([make_subscriber(1)])
        services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW)
        services.pause_dispatch(dispatch, actor=an.actor, now=NOW)
        assert "Đang tạm dừng" in client_of(AN).get(f"{HERE}dispatches/{dispatch.pk}/").content.decode()


class TestSentToday:
    def test_counts_what_the_sandbox_took(self, sandbox: None, client_of: Any) -> None:
        now = clock.now()
        dispatch = make_dispatch(make_subscribers(7), now=now, scheduled_for=now)
        services.fan_out(dispatch_id=dispatch.pk, clock=clock.now)
        deliver_all(dispatch.connection_id, now=now)
        page = client_of(AN).get("/w/tra-sen/channels/").content.decode()
        found = re.search(r"Đã gửi hôm nay</dt>\s*<dd[^>]*>\s*(\d+)", page)
        assert found is not None
        assert found[1] == "7"
