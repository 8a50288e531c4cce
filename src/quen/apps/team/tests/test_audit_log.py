"""The audit log page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation
from tests.cast import AN, NOW, TRA_SEN

from quen.apps.accounts.models import Workspace
from quen.apps.team import queries, services
from quen.apps.team.models import Member
from quen.apps.team.registry import AuditMessage

pytestmark = pytest.mark.django_db


class TestLog:
    def test_shows_entries_as_text(
        self, an: Member, binh: Member, client_of: Callable[[str], Client]
    ) -> None:
        services.change_role(member=binh, role="sales", actor=an.actor, now=NOW + timedelta(hours=1))
        page = client_of(AN).get(f"/w/{TRA_SEN}/log/").content.decode()
        assert "Đổi vai trò của Trần Bình từ Người xem thành Bán hàng" in page

    def test_is_filtered_by_kind_and_member(self, an: Member, binh: Member) -> None:
        services.change_role(member=binh, role="sales", actor=an.actor, now=NOW)
        services.change_role(member=binh, role="viewer", actor=an.actor, now=NOW)
        assert [entry.kind for entry in queries.audit_log_page(kind="team.role_changed").rows] == [
            "team.role_changed"
        ] * 2
        assert {entry.actor_name for entry in queries.audit_log_page(member_id=binh.pk).rows} == {"Trần Bình"}

    def test_pages_forth_and_back_over_entries_of_one_instant(self, workspace: Workspace, an: Member) -> None:
        for number in range(7):
            services.audit(an.actor, "team.account_deleted", now=NOW, data={"n": number})
        first = queries.audit_log_page(kind="team.account_deleted", size=3)
        second = queries.audit_log_page(kind="team.account_deleted", size=3, after=str(first.next))
        third = queries.audit_log_page(kind="team.account_deleted", size=3, after=str(second.next))
        seen = [entry.data["n"] for each in (first, second, third) for entry in each.rows]
        assert seen == [6, 5, 4, 3, 2, 1, 0]
        assert (first.previous, third.next) == (None, None)
        back = queries.audit_log_page(kind="team.account_deleted", size=3, before=str(second.previous))
        assert (back.rows, back.previous) == (first.rows, None)

    def test_an_invalid_cursor_shows_the_first_page(self, client_of: Callable[[str], Client]) -> None:
        assert client_of(AN).get(f"/w/{TRA_SEN}/log/?after=x_y&member=z").status_code == 200


class TestNumbers:
    def test_are_grouped_as_the_language_groups_them(self) -> None:
        message = AuditMessage("Sent to %(people)s people, %(name)s")
        with translation.override("vi"):
            assert message({"people": 1189, "name": "Trà 2026"}) == "Sent to 1.189 people, Trà 2026"
        with translation.override("en"):
            assert message({"people": 1189, "name": "Trà 2026"}) == "Sent to 1,189 people, Trà 2026"
