"""The pages: the list, one task, the panel of a contact, the hours of calls; who may open them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH, CHI, NOW, TRA_SEN

from quen.apps.contacts.tests.factories import make_contact
from quen.apps.tasks import queries, services
from quen.apps.tasks.models import AdvertisingCall, Task
from quen.apps.tasks.tests.factories import get_task, make_call, make_callable, make_task
from quen.apps.tasks.types import TaskKind, TaskState
from quen.apps.team.models import Member
from quen.apps.team.types import Role
from quen.core import clock
from quen.core.clock import VIETNAM

pytestmark = pytest.mark.django_db
HERE = f"/w/{TRA_SEN}/tasks/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def an_client(workspace: Any, client_of: Callable[[str], Client]) -> Client:
    """An's browser."""
    return client_of(AN)


def body(response: Any) -> str:
    return str(response.content.decode())


def soon(**changes: Any) -> dict[str, Any]:
    """Return the posted fields of a task due tomorrow at ten."""
    day = (clock.now() + timedelta(days=1)).astimezone(VIETNAM)
    given = {"title": "Gọi lại cho khách", "kind": "call", "day": f"{day:%d/%m/%Y}", "time": "10h"}
    return given | {"assignee": "", "remind": "60"} | changes


class TestList:
    def test_shows_mine_by_due_day_with_overdue_first(self, an: Any, an_client: Client) -> None:
        now = clock.now()
        make_task(assignee_id=an.pk, title="Đã trễ", due_at=now - timedelta(hours=1))
        make_task(assignee_id=an.pk, title="Tuần sau", due_at=now + timedelta(days=7))
        make_task(title="Của ai cũng được", due_at=now - timedelta(hours=1))
        first = body(an_client.get(HERE))
        assert "Đã trễ" in first and "Tuần sau" not in first and "Của ai cũng được" not in first
        assert "Tuần sau" in body(an_client.get(f"{HERE}?tab=later"))
        assert "Của ai cũng được" in body(an_client.get(f"{HERE}?who=free&tab=overdue"))
        assert "Đã trễ" not in body(an_client.get(f"{HERE}?tab=overdue&kind=meeting"))

    def test_one_line_adds_a_task_for_oneself(self, an: Any, an_client: Client) -> None:
        response = an_client.post(
            f"{HERE}quick/", {"title": "Gửi mẫu trà", "kind": "message", "when": "1", "time": "9h30"}
        )
        assert response.status_code == 302
        task = Task.objects.get()
        local = task.due_at.astimezone(VIETNAM)
        tomorrow = clock.now().astimezone(VIETNAM) + timedelta(days=1)
        assert (task.title, task.kind, task.assignee_id) == ("Gửi mẫu trà", "message", an.pk)
        assert (local.date(), f"{local:%H:%M}") == (tomorrow.date(), "09:30")

    def test_without_a_time_it_is_due_at_the_end_of_the_day(self, an_client: Client) -> None:
        an_client.post(f"{HERE}quick/", {"title": "Gửi mẫu", "kind": "other", "when": "0", "time": ""})
        task = Task.objects.get()
        assert task.is_all_day
        assert f"{task.due_at.astimezone(VIETNAM):%H:%M}" == "23:59"

    def test_a_line_without_words_is_refused_and_kept(self, an_client: Client) -> None:
        response = an_client.post(f"{HERE}quick/", {"title": " ", "kind": "call", "when": "2", "time": "9"})
        assert response.status_code == 422
        assert not Task.objects.exists()

    def test_done_is_one_press_with_an_undo(self, an: Any, an_client: Client) -> None:
        task = make_task(assignee_id=an.pk)
        response = an_client.post(f"{HERE}{task.pk}/done/", {"stay": "1"}, headers=HTMX)
        triggers = json.loads(response.headers["HX-Trigger"])
        assert response.status_code == 204
        assert "task:changed" in triggers
        assert get_task(task.pk).state == TaskState.DONE
        assert an_client.post(triggers["toast"]["undo"], headers=HTMX).status_code == 204
        assert get_task(task.pk).is_open

    def test_the_sidebar_counts_what_is_due(self, an: Any, an_client: Client) -> None:
        make_task(assignee_id=an.pk, due_at=clock.now() - timedelta(days=2))
        assert queries.due_count(an, clock.now()) == 1
        page = body(an_client.get(f"/w/{TRA_SEN}/"))
        assert "Việc hôm nay" in page
        assert "Gửi báo giá trà" in page


class TestOneTask:
    def test_a_new_task_finds_its_customer(self, an: Any, an_client: Client) -> None:
        contact = make_contact(phone="+84905777123")
        response = an_client.post(f"{HERE}new/", soon(contact="0905 777 123", assignee=str(an.pk)))
        assert response.status_code == 302
        task = Task.objects.get()
        assert (task.contact_id, task.assignee_id, task.remind_minutes) == (contact.pk, an.pk, 60)

    def test_a_customer_nobody_knows_is_a_form_error(self, an_client: Client) -> None:
        response = an_client.post(f"{HERE}new/", soon(contact="0905 000 000"))
        assert response.status_code == 422
        assert "Không có khách nào" in body(response)

    def test_from_a_contacts_page_the_customer_is_known(self, an_client: Client) -> None:
        contact = make_contact(full_name="Lê Thị Sen")
        assert "Lê Thị Sen" in body(an_client.get(f"{HERE}new/?contact={contact.pk}"))
        response = an_client.post(f"{HERE}new/?contact={contact.pk}", soon(assignee=Role.SALES))
        assert response.headers["Location"] == f"/w/{TRA_SEN}/contacts/{contact.pk}/"
        task = Task.objects.get()
        assert (task.contact_id, task.group) == (contact.pk, Role.SALES)

    def test_is_edited_while_open_and_read_when_done(self, an: Any, an_client: Client) -> None:
        task = make_task(assignee_id=an.pk, due_at=clock.now() + timedelta(days=1))
        response = an_client.post(f"{HERE}{task.pk}/", soon(title="Hẹn giao trà", kind="meeting"))
        assert response.status_code == 302
        task = get_task(task.pk)
        assert (task.title, task.kind) == ("Hẹn giao trà", TaskKind.MEETING)
        an_client.post(f"{HERE}{task.pk}/done/", {"result": "Khách lấy 2 hộp"})
        page = body(an_client.get(f"{HERE}{task.pk}/"))
        assert "Khách lấy 2 hộp" in page and "Mở lại" in page
        assert an_client.post(f"{HERE}{task.pk}/", soon()).status_code == 409

    def test_a_wrong_hour_is_refused_with_the_next_permitted_time(self, an_client: Client) -> None:
        contact = make_callable()
        response = an_client.post(f"{HERE}new/?contact={contact.pk}", soon(time="20h", is_advertising="on"))
        assert response.status_code == 422
        assert "Giờ được phép kế tiếp" in body(response)
        assert not Task.objects.exists()

    def test_the_number_is_shown_once_the_call_counts(self, an: Any, an_client: Client) -> None:
        services.update_call_hours(
            call_from=queries.call_hours().since,
            call_until=queries.call_hours().until,
            actor=an.actor,
            now=NOW,
        )
        contact = make_callable(phone="+84905777123")
        task = make_call(contact)
        AdvertisingCall.objects.create(
            task_id=task.pk, contact_id=contact.pk, address_hash=b"x", at=clock.now(), member_name="An"
        )
        assert "tel:+84905777123" in body(an_client.get(f"{HERE}{task.pk}/"))
        AdvertisingCall.objects.all().delete()
        assert "tel:+84905777123" not in body(an_client.get(f"{HERE}{task.pk}/"))

    def test_only_advertising_calls_are_begun(self, an_client: Client) -> None:
        assert an_client.post(f"{HERE}{make_task().pk}/call/").status_code == 404
        assert an_client.post(f"{HERE}{make_task().pk}/call/undo/").status_code == 404


class TestContactPanel:
    def test_shows_what_is_open_and_adds_to_it(self, an: Any, an_client: Client) -> None:
        contact = make_contact()
        panel = f"{HERE}contacts/{contact.pk}/"
        assert "Không có việc cần làm" in body(an_client.get(panel, headers=HTMX))
        fields = {"title": "Hỏi thăm", "kind": "call", "when": "0", "time": ""}
        added = an_client.post(f"{panel}new/", fields, headers=HTMX)
        assert "Hỏi thăm" in body(added)
        task = Task.objects.get()
        assert (task.contact_id, task.assignee_id) == (contact.pk, an.pk)
        services.finish_task(task=task, result="Khách khỏe", actor=an.actor, now=NOW)
        assert "Khách khỏe" in body(an_client.get(panel, headers=HTMX))

    def test_the_contact_page_has_the_panel(self, an_client: Client) -> None:
        contact = make_contact()
        assert f"{HERE}contacts/{contact.pk}/" in body(an_client.get(f"/w/{TRA_SEN}/contacts/{contact.pk}/"))


class TestSettings:
    def test_hours_are_narrowed_and_not_widened(self, an_client: Client) -> None:
        assert (
            an_client.post(f"{HERE}settings/", {"call_from": "9h", "call_until": "16h30"}).status_code == 302
        )
        assert f"{queries.call_hours().until:%H:%M}" == "16:30"
        assert an_client.post(f"{HERE}settings/", {"call_from": "7h", "call_until": "16h"}).status_code == 422


class TestWhoMay:
    def test_a_reader_has_no_tasks_and_a_stranger_finds_nothing(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        task = make_task()
        for path in ("", "new/", f"{task.pk}/", "settings/"):
            assert client_of(BINH).get(HERE + path).status_code == 403, path
            assert client_of(CHI).get(HERE + path).status_code == 404, path
        assert client_of(BINH).post(f"{HERE}{task.pk}/done/").status_code == 403
        assert get_task(task.pk).is_open

    def test_an_agent_does_not_reach_what_is_somebody_elses(
        self, an: Any, binh: Any, client_of: Callable[[str], Client]
    ) -> None:
        Member.objects.filter(pk=binh.pk).update(role=Role.AGENT)
        private = make_task(actor=an.actor, assignee_id=an.pk, title="Lương tháng 11")
        client = client_of(BINH)
        assert client.get(f"{HERE}{private.pk}/").status_code == 404
        assert client.post(f"{HERE}{private.pk}/done/").status_code == 404
        assert "Lương tháng 11" not in body(client.get(f"{HERE}?who=all&tab=overdue"))
        assert client.get(f"{HERE}settings/").status_code == 403


class TestCommandPalette:
    def test_finds_ones_own_open_tasks_without_accents(self, an: Any, an_client: Client) -> None:
        make_task(assignee_id=an.pk, title="Gọi chị Thảo")
        make_task(title="Gọi anh Thảo")
        palette = f"/w/{TRA_SEN}/command-palette/?q="
        found = [each["title"] for each in an_client.get(f"{palette}thao+goi").json()]
        assert found == ["Gọi chị Thảo"]
        offered = [each["href"] for each in an_client.get(f"{palette}them+cong").json()]
        assert f"{HERE}new/" in offered
