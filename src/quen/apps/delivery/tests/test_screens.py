"""The message log, a message, a customer's messages, a launch at work."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest
from tests.cast import AN, BINH, NOW

from quen.apps.compliance import services as compliance
from quen.apps.contacts import services as contacts
from quen.apps.delivery import services
from quen.apps.delivery.models import Hit, Launch, Message
from quen.apps.delivery.tests.kit import (
    connect,
    hand_over,
    make_launch,
    make_reader,
    make_readers,
    recounted,
    work_off,
)
from quen.apps.delivery.types import HitKind, LaunchState, MessageState, Source
from quen.core.sql import Relation

pytestmark = pytest.mark.django_db
HERE = "/w/tra-sen/messages/"


@pytest.fixture
def sandbox(workspace: Any) -> None:
    connect()


class TestLog:
    def test_lists_and_filters(self, sandbox: None, client_of: Any) -> None:
        reader = make_reader(1, full_name="Lê Thị Mai")
        work_off(make_launch([reader, make_reader(2, consent_email=0, status=0)]))
        client = client_of(AN)
        shown = client.get(HERE).content.decode()
        assert "Lê Thị Mai" in shown and "Trà mới tháng Mười" in shown
        assert "khach2@example.net" in shown
        only = client.get(f"{HERE}?q=khach1@example.net&state=2").content.decode()
        assert "Lê Thị Mai" in only and "khach2@example.net" not in only
        assert "Lê Thị Mai" not in client.get(f"{HERE}?q=nobody@example.net").content.decode()
        assert "Lê Thị Mai" not in client.get(f"{HERE}?since=2027-01-01").content.decode()
        assert client_of(BINH).get(HERE).status_code == HTTPStatus.FORBIDDEN

    def test_goes_on_where_a_page_ends(
        self, sandbox: None, client_of: Any, django_assert_max_num_queries: Any
    ) -> None:
        work_off(make_launch(make_readers(60)))
        client = client_of(AN)
        with django_assert_max_num_queries(20):
            first = client.get(HERE)
        assert len(first.context["rows"]) == 50
        assert len(client.get(HERE + first.context["older"]).context["rows"]) == 10


class TestMessage:
    def test_says_what_it_said(self, sandbox: None, client_of: Any) -> None:
        work_off(make_launch([make_reader(1, full_name="Lê Thị Mai")]))
        message = Message.objects.get()
        Hit.objects.create(
            message_id=message.pk, kind=HitKind.CLICKED, at=NOW, url="https://tra-sen.example/moi"
        )
        client = client_of(AN)
        assert "https://tra-sen.example/moi" in client.get(f"{HERE}{message.pk}/").content.decode()
        words = client.get(f"{HERE}{message.pk}/words/")
        assert "Chào Lê Thị Mai" in words.content.decode()
        assert "sandbox" in words["Content-Security-Policy"]

    def test_an_uncertain_one_is_settled_by_a_button(self, sandbox: None, client_of: Any) -> None:
        launch = make_launch([make_reader(1)])
        work_off(launch)
        message = Message.objects.get()
        Message.objects.update(state=MessageState.UNCERTAIN)
        from quen.apps.delivery.services.tallies import move_tally

        move_tally({launch.pk: {"handed_over": -1, "uncertain": 1}})
        address = f"{HERE}{message.pk}/settlement/"
        assert client_of(BINH).post(address, {"sent": "1"}).status_code == HTTPStatus.FORBIDDEN
        assert client_of(AN).post(address, {"sent": "1"}).status_code == HTTPStatus.FOUND
        assert recounted(launch.pk).handed_over == 1

    def test_stands_on_the_customers_page(self, sandbox: None, client_of: Any) -> None:
        reader = make_reader(1)
        work_off(make_launch([reader]))
        assert "Trà mới tháng Mười" in client_of(AN).get(f"{HERE}people/{reader.pk}/").content.decode()


class TestLaunchPage:
    def test_is_steered(self, sandbox: None, client_of: Any) -> None:
        launch = make_launch(make_readers(3))
        here, client = f"{HERE}launches/{launch.pk}/", client_of(AN)
        assert client.get(here).status_code == HTTPStatus.OK
        client.post(f"{here}pause/")
        launch.refresh_from_db()
        assert launch.state == LaunchState.PAUSED
        client.post(f"{here}resumption/")
        client.post(f"{here}cancellation/")
        services.drop_rest(launch_id=launch.pk, now=NOW)
        launch.refresh_from_db()
        assert launch.state == LaunchState.CANCELLED
        again = client.post(f"{here}pause/", HTTP_HX_REQUEST="true")
        assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


class TestConfirmation:
    def test_goes_out_once_and_without_advertising(self, sandbox: None) -> None:
        reader = make_reader(1, language="vi")
        refusal = compliance.refuse(
            contact_id=reader.pk, channel="email", way="link", everything=True, message_id=None, now=NOW
        )
        assert services.confirm_refusal(refusal_id=refusal.pk, now=NOW)
        assert not services.confirm_refusal(refusal_id=refusal.pk, now=NOW)
        launch = Launch.objects.get(source=Source.NOTICE)
        hand_over(launch.connection_id)
        assert recounted(launch.pk).handed_over == 1
        message = Message.objects.get()
        assert message.address == "khach1@example.net"
        said = services.words_of(message, now=NOW).parts  # type: ignore[union-attr]
        assert "09:00 14/10/2026" in said["text"]
        assert not said["subject"].startswith("[QC]")
        assert said["list_unsubscribe"] == ""

    def test_nobody_who_complained_is_written_to(self, sandbox: None) -> None:
        refusal = compliance.refuse(
            contact_id=make_reader(1).pk,
            channel="email",
            way="complaint",
            everything=False,
            message_id=None,
            now=NOW,
        )
        assert not services.confirm_refusal(refusal_id=refusal.pk, now=NOW)


class TestErasing:
    def test_leaves_numbers_and_nobody(self, sandbox: None, an: Any) -> None:
        one, two = make_readers(2)
        launch = make_launch([one, two])
        figures = work_off(launch)
        gone = Relation(
            "SELECT unnest(%(ids)s::bigint[]) AS contact_id", {"ids": [one.pk, two.pk]}, ("contact_id",)
        )
        Hit.objects.create(message_id=Message.objects.first().pk, kind=HitKind.OPENED, at=NOW)  # type: ignore[union-attr]
        contacts.erase_contacts(people=gone, actor=an, now=NOW)
        assert set(Message.objects.values_list("address", "provider_id")) == {("", "")}
        assert not Message.objects.filter(contact_id__gte=0).exists()
        assert not Hit.objects.exists()
        assert recounted(launch.pk) == figures
