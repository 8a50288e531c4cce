"""A member's notifications."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from tests.cast import AN, BINH, NOW, TRA_SEN

from quen.apps.accounts.models import Workspace
from quen.apps.team import queries, services
from quen.apps.team.models import Member, Notification
from quen.core import live

pytestmark = pytest.mark.django_db


class TestNotifications:
    @pytest.fixture
    def notification(self, an: Member) -> Notification:
        services.notify(an, "team.joined", now=NOW, path="/team/", data={"name": "Đỗ Dung"})
        return queries.notifications(an)[0]

    def test_are_shown_as_text_and_counted_while_unread(
        self, notification: Notification, client_of: Callable[[str], Client]
    ) -> None:
        page = client_of(AN).get(f"/w/{TRA_SEN}/notifications/").content.decode()
        assert "Đỗ Dung đã vào nhóm" in page and "1 thông báo mới" in page

    def test_opening_one_marks_it_read_and_leads_to_its_page(
        self, notification: Notification, client_of: Callable[[str], Client]
    ) -> None:
        answer = client_of(AN).get(f"/w/{TRA_SEN}/notifications/{notification.pk}/")
        assert answer["Location"] == f"/w/{TRA_SEN}/team/"
        assert queries.unread_count(notification.member) == 0

    def test_of_other_members_are_not_found(
        self, notification: Notification, client_of: Callable[[str], Client]
    ) -> None:
        assert client_of(BINH).get(f"/w/{TRA_SEN}/notifications/{notification.pk}/").status_code == 404
        assert "Đỗ Dung" not in client_of(BINH).get(f"/w/{TRA_SEN}/notifications/").content.decode()

    def test_all_can_be_marked_read_at_once(
        self, notification: Notification, client_of: Callable[[str], Client]
    ) -> None:
        client_of(AN).post(f"/w/{TRA_SEN}/notifications/read/")
        assert queries.unread_count(notification.member) == 0

    def test_the_bell_lists_them_when_opened(
        self, notification: Notification, client_of: Callable[[str], Client]
    ) -> None:
        answer = client_of(AN).get(f"/w/{TRA_SEN}/notifications/bell/?open=1", headers={"HX-Request": "true"})
        page = answer.content.decode()
        assert "Đỗ Dung" in page and "<summary" not in page

    def test_pages_subscribe_to_the_members_own_topic_only(
        self, workspace: Workspace, an: Member, client_of: Callable[[str], Client]
    ) -> None:
        page = client_of(AN).get(f"/w/{TRA_SEN}/notifications/").content.decode()
        token = page.split('data-live-url="/live/')[1].split('"')[0]
        assert live.read_ticket(token) == live.StreamTicket(
            an.user_id, workspace.schema_name, [f"{workspace.schema_name}:notifications/{an.pk}"]
        )
