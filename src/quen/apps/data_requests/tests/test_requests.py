"""Requests of persons about their data: due dates, answers, restriction, erasure with a certificate."""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from tests.cast import AN, BINH, NOW, TRA_SEN
from tests.patience import PATIENCE_SECONDS

from quen.apps.compliance import queries as compliance
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber
from quen.apps.compliance.types import ExclusionReason, MessageClass
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.models import Contact
from quen.apps.data_requests import queries, services
from quen.apps.data_requests.models import DataRequest
from quen.apps.data_requests.types import (
    ExtendedAlready,
    ReasonMissing,
    RequestEnded,
    RequestOrigin,
    RequestState,
)
from quen.apps.team.models import Notification
from quen.core import schemas
from quen.core.actors import SYSTEM, Actor
from quen.core.working_days import add_working_days, is_working_day

BASE = f"/w/{TRA_SEN}/data-requests"


def ask(contact: Contact, kind: str, *, words: str = "", now: datetime = NOW) -> DataRequest:
    """Ask for something on the person's page."""
    return services.make_request(
        contact_id=contact.pk,
        kind=kind,
        words=words,
        origin=RequestOrigin.PAGE,
        actor=Actor.contact(contact.pk),
        now=now,
    )


class TestWorkingDays:
    @pytest.mark.parametrize(
        ("day", "count", "expected"),
        [
            (date(2026, 10, 14), 2, date(2026, 10, 16)),
            (date(2026, 10, 16), 2, date(2026, 10, 20)),
            # Tết 2026: 16 to 20 February, after a weekend
            (date(2026, 2, 13), 1, date(2026, 2, 23)),
            # 2 September and the day beside it
            (date(2026, 9, 1), 1, date(2026, 9, 4)),
        ],
    )
    def test_weekends_and_holidays_do_not_count(self, day: date, count: int, expected: date) -> None:
        assert add_working_days(day, count) == expected

    def test_a_holiday_on_a_sunday_is_made_up_on_monday(self) -> None:
        # Giỗ Tổ, the 10th of the 3rd lunar month, is Sunday 26 April in 2026.
        assert not is_working_day(date(2026, 4, 27))
        assert is_working_day(date(2026, 4, 28))


@pytest.mark.django_db
class TestDueDates:
    def test_follow_the_settings(self, workspace: Any, an: Any) -> None:
        lan = make_subscriber(full_name="Trần Lan")
        days = {"copy": 10, "correct": 10, "restrict": 15, "object": 15, "withdraw": 15, "erase": 20}
        for kind, expected in days.items():
            made = ask(lan, kind)
            local = made.due_at.astimezone(workspace.zone)
            assert local.date() == date(2026, 10, 14) + timedelta(days=expected), kind
            assert made.acknowledge_due_at.astimezone(workspace.zone).date() == date(2026, 10, 16)
        services.update_request_settings(days={"copy_days": 5}, actor=an.actor, now=NOW)
        huy = make_subscriber()
        assert ask(huy, "copy").due_at.astimezone(workspace.zone).date() == date(2026, 10, 19)

    def test_asking_twice_is_one_request(self, workspace: Any) -> None:
        lan = make_subscriber()
        first = ask(lan, "copy")
        assert ask(lan, "copy", now=NOW + timedelta(days=1)).pk == first.pk
        assert ask(lan, "correct", words="Ngày sinh sai").pk != ask(lan, "correct", words="Sai tên").pk

    def test_reminds_once_before_and_once_when_overdue(self, workspace: Any, an: Any) -> None:
        made = ask(make_subscriber(full_name="Trần Lan"), "erase")
        services.acknowledge(request=made, actor=an.actor, now=NOW)
        assert services.remind(now=NOW) == 0
        mail.outbox.clear()
        soon = made.due_at - timedelta(days=1)
        assert [services.remind(now=soon), services.remind(now=soon)] == [1, 0]
        late = made.due_at + timedelta(minutes=1)
        assert [services.remind(now=late), services.remind(now=late)] == [1, 0]
        kinds = list(Notification.objects.filter(member=an).order_by("id").values_list("kind", flat=True))
        assert kinds[-2:] == ["data_requests.due_soon", "data_requests.overdue"]

    def test_overdue_ones_come_first(self, workspace: Any) -> None:
        late = ask(make_subscriber(), "copy", now=NOW - timedelta(days=40))
        ask(make_subscriber(), "copy")
        assert queries.open_requests()[0].pk == late.pk
        assert queries.overdue_count(NOW) == 1


@pytest.mark.django_db
class TestAnswers:
    def test_moves_from_received_to_done(self, workspace: Any, an: Any) -> None:
        made = ask(make_subscriber(), "correct", words="Sai ngày sinh")
        services.acknowledge(request=made, actor=an.actor, now=NOW)
        services.start(request=made, actor=an.actor, now=NOW)
        services.finish(request=made, note="Đã sửa", actor=an.actor, now=NOW)
        made.refresh_from_db()
        assert (made.state, made.note, made.member_name) == (RequestState.DONE, "Đã sửa", an.name)
        with pytest.raises(RequestEnded):
            services.start(request=made, actor=an.actor, now=NOW)

    def test_a_refusal_and_an_extension_need_a_reason(self, workspace: Any, an: Any) -> None:
        made = ask(make_subscriber(), "copy")
        with pytest.raises(ReasonMissing):
            services.refuse(request=made, reason=" ", actor=an.actor, now=NOW)
        services.extend(request=made, reason="Dữ liệu ở hai nơi", actor=an.actor, now=NOW)
        before = made.due_at
        made.refresh_from_db()
        assert (made.first_due_at, made.due_at) == (before, before + timedelta(days=15))
        with pytest.raises(ExtendedAlready):
            services.extend(request=made, reason="Vẫn chưa xong", actor=an.actor, now=NOW)
        services.refuse(request=made, reason="Không chứng minh được là chủ số", actor=an.actor, now=NOW)
        made.refresh_from_db()
        assert made.state == RequestState.REFUSED

    def test_restriction_stops_every_message_until_it_is_lifted(self, workspace: Any, an: Any) -> None:
        lan = make_subscriber()
        services.carry_out(request=ask(lan, "restrict"), actor=an.actor, now=NOW)
        for message_class in MessageClass:
            assert exclusion_reasons(lan, message_class=message_class) == [ExclusionReason.RESTRICTED]
        contacts_services.lift_restriction(contact=lan, actor=an.actor, now=NOW)
        assert exclusion_reasons(lan) == [None]

    def test_objecting_ends_advertising_everywhere(self, workspace: Any, an: Any) -> None:
        lan = make_subscriber()
        services.carry_out(request=ask(lan, "object"), actor=an.actor, now=NOW)
        assert exclusion_reasons(lan) == [ExclusionReason.SUPPRESSED_OPT_OUT]
        assert exclusion_reasons(lan, message_class=MessageClass.TRANSACTIONAL) == [None]


@pytest.mark.django_db
class TestErasure:
    def test_certifies_what_went_and_keeps_no_name(self, workspace: Any, an: Any) -> None:
        lan = make_subscriber(full_name="Trần Thị Lan")
        ask(lan, "correct", words="Tôi là Lan")
        made = ask(lan, "erase", words="Xóa hết giúp tôi")
        erased = services.erase_person(request=made, actor=an.actor, now=NOW)
        held = {each["key"]: each["records"] for each in erased.certificate["erased"]}
        assert held["contacts"] == 1
        assert held["data_requests"] == 2
        assert erased.state == RequestState.DONE
        assert not Contact.all_objects.filter(pk=lan.pk).exists()
        assert {(each.name, each.words) for each in DataRequest.objects.all()} == {("", "")}
        assert all(not part["records"] for part in queries.copy_of(lan.pk) if part["key"] != "data_requests")


@pytest.mark.django_db
class TestPages:
    def test_the_desk_and_a_request(self, workspace: Any, client_of: Callable[[str], Client]) -> None:
        made = ask(make_subscriber(full_name="Trần Thị Lan"), "copy", words="Gửi qua email")
        client = client_of(AN)
        page = client.get(f"{BASE}/").content.decode()
        assert "Trần Thị Lan" in page
        assert "Bản sao dữ liệu" in page
        assert "Gửi qua email" in client.get(f"{BASE}/{made.pk}/").content.decode()
        client.post(f"{BASE}/{made.pk}/step/", {"step": "acknowledge"})
        made.refresh_from_db()
        assert made.state == RequestState.ACKNOWLEDGED
        assert client.post(f"{BASE}/{made.pk}/answer/", {"step": "refuse", "reason": ""}).status_code == 422
        client.post(f"{BASE}/{made.pk}/answer/", {"step": "done", "reason": "Đã gửi"})
        made.refresh_from_db()
        assert made.state == RequestState.DONE
        assert "Trần Thị Lan" in client.get(f"{BASE}/?state=ended").content.decode()

    def test_the_copy_is_readable_and_json(self, workspace: Any, client_of: Callable[[str], Client]) -> None:
        made = ask(make_subscriber(full_name="Trần Thị Lan", email="lan@thu.vn"), "copy")
        client = client_of(AN)
        for path in ("copy/", "copy/html/"):
            assert "lan@thu.vn" in client.get(f"{BASE}/{made.pk}/{path}").content.decode()
        parts = {
            part["key"]: part
            for part in json.loads(client.get(f"{BASE}/{made.pk}/copy/json/").content)["parts"]
        }
        assert "lan@thu.vn" in parts["contacts"]["records"][0].values()
        assert {"contacts", "consent", "events", "compliance", "segments", "delivery"} <= set(parts)

    def test_erasing_shows_the_certificate(self, workspace: Any, client_of: Callable[[str], Client]) -> None:
        made = ask(make_subscriber(full_name="Trần Thị Lan"), "erase")
        client = client_of(AN)
        wrong = client.post(f"{BASE}/{made.pk}/erasure/", {"confirmation": "Huy"})
        assert wrong.status_code == 422
        done = client.post(f"{BASE}/{made.pk}/erasure/", {"confirmation": "tran thi lan"}, follow=True)
        assert "Giấy xác nhận đã xóa" in done.content.decode()
        assert "Trần Thị Lan" not in client.get(f"{BASE}/{made.pk}/certificate/").content.decode()

    def test_who_may_not_handle_requests_sees_no_desk(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        made = ask(make_subscriber(), "copy")
        client = client_of(BINH)
        for path in ("", f"{made.pk}/", f"{made.pk}/copy/", f"{made.pk}/copy/json/", "settings/"):
            assert client.get(f"{BASE}/{path}").status_code == 403

    def test_the_persons_page_makes_a_request_and_shows_when_it_is_due(self, workspace: Any) -> None:
        lan = make_subscriber()
        url = compliance.unsubscribe_url(
            workspace_id=workspace.pk, contact_id=lan.pk, message_id=None, channel="email"
        )
        path, anonymous = urlsplit(url).path, Client(enforce_csrf_checks=True)
        assert anonymous.get(f"{path}requests/erase/").status_code == 200
        assert not DataRequest.objects.exists()
        page = anonymous.post(f"{path}requests/erase/", follow=True).content.decode()
        made = DataRequest.objects.get()
        assert (made.kind, made.origin, made.contact_id) == ("erase", "page", lan.pk)
        assert f"{made.due_at.astimezone(workspace.zone):%d/%m/%Y}" in page

    def test_an_old_link_leaves_but_shows_no_data(self, workspace: Any) -> None:
        lan = make_subscriber(full_name="Trần Thị Lan")
        url = compliance.unsubscribe_url(
            workspace_id=workspace.pk,
            contact_id=lan.pk,
            message_id=None,
            channel="email",
            on=(datetime.now(UTC) - timedelta(days=31)).date(),
        )
        path, anonymous = urlsplit(url).path, Client(enforce_csrf_checks=True)
        page = anonymous.get(path).content.decode()
        assert "Trần Thị Lan" not in page
        assert "Xóa dữ liệu" not in page
        anonymous.post(f"{path}requests/erase/")
        anonymous.post(f"{path}details/", {"full_name": "Khác", "language": "vi"})
        assert not DataRequest.objects.exists()
        anonymous.post(path, {"scope": "all"})
        assert exclusion_reasons(lan) == [ExclusionReason.SUPPRESSED_OPT_OUT]


@pytest.mark.django_db
class TestDeskPages:
    def test_a_long_list_is_paged_and_loses_nobody(self, workspace: Any, client_of: Any) -> None:
        people = [make_subscriber() for _each in range(60)]
        for number, person in enumerate(people):
            ask(person, "copy", now=NOW - timedelta(minutes=number % 7))
        client, seen, address = client_of(AN), set[str](), f"{BASE}/"
        pages = 0
        while address and pages < 9:
            text, pages = client.get(address).content.decode(), pages + 1
            seen |= set(re.findall(r"/data-requests/(\d+)/", text))
            following = re.search(r'href="([^"]*after=[^"]*)"', text)
            address = urljoin(address, html.unescape(following[1])) if following else ""
        assert (len(seen), pages) == (60, 2)


class TestLockOrder:
    def test_a_merge_and_an_answer_at_once_do_not_wait_for_each_other(self, committed_workspace: Any) -> None:
        kept, merged = make_subscriber(), make_subscriber()
        request = ask(merged, "restrict")
        holds, failed = threading.Event(), []

        def answer() -> None:
            with schemas.use(committed_workspace.schema_name):
                holds.wait(PATIENCE_SECONDS)
                try:
                    services.carry_out(request=request, actor=SYSTEM, now=NOW)
                except Exception as error:  # told in the test's own thread
                    failed.append(error)
                finally:
                    connection.close()

        other = threading.Thread(target=answer)
        other.start()
        with transaction.atomic():
            contacts_services.lock_contact(merged)
            holds.set()
            other.join(0.5)
            contacts_services.merge_contacts(kept=kept, merged=merged, actor=SYSTEM, now=NOW)
        other.join(PATIENCE_SECONDS)
        assert (failed, other.is_alive()) == ([], False)
        done = DataRequest.objects.get(pk=request.pk)
        assert (done.contact_id, done.state) == (kept.pk, RequestState.DONE)
        assert Contact.objects.get(pk=kept.pk).restricted_at is not None
