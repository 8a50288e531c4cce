"""Overview, log, notices, palette, progress."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from tests.cast import AN, BINH, CHI, NOW, TRA_SEN

from quen.apps.accounts.models import Workspace
from quen.apps.team import queries, services
from quen.apps.team.models import Member, Notice
from quen.apps.team.types import ProgressState
from quen.core import live

pytestmark = pytest.mark.django_db


class TestOverview:
    def test_starts_with_the_checklist_of_what_is_possible(self, client_of: Callable[[str], Client]) -> None:
        page = client_of(AN).get(f"/w/{TRA_SEN}/").content.decode()
        assert "Bắt đầu" in page and "Mang khách từ tệp vào" in page

    def test_shows_a_viewer_no_step_they_may_not_take(self, client_of: Callable[[str], Client]) -> None:
        page = client_of(BINH).get(f"/w/{TRA_SEN}/").content.decode()
        assert "Mang khách từ tệp vào" not in page and "Mời đồng nghiệp" not in page

    def test_the_checklist_can_be_hidden(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        client.post(f"/w/{TRA_SEN}/overview/steps/", {"hide": "1"})
        assert "first-steps" not in client.get(f"/w/{TRA_SEN}/").content.decode()
        assert "first-steps" not in client_of(BINH).get(f"/w/{TRA_SEN}/").content.decode()

    def test_a_panel_that_does_not_exist_is_not_found(self, client_of: Callable[[str], Client]) -> None:
        assert client_of(AN).get(f"/w/{TRA_SEN}/overview/no-such/").status_code == 404

    def test_counts_people_by_status_and_growth(
        self, workspace: Workspace, client_of: Callable[[str], Client]
    ) -> None:
        from quen.apps.contacts.tests.factories import make_contact
        from quen.core import clock

        now = clock.now()
        make_contact(created_at=now, incomplete=True)
        make_contact(created_at=now - timedelta(days=90))
        make_contact(created_at=now - timedelta(days=90), deleted_at=now)
        client = client_of(AN)
        sentence = client.get(f"/w/{TRA_SEN}/overview/contacts-sentence/").content.decode()
        assert "Bạn quen 2 người" in sentence and ">1<" in sentence
        statuses = client.get(f"/w/{TRA_SEN}/overview/contacts-statuses/").content.decode()
        assert "+1" in statuses and "1 khách hàng thiếu" in statuses
        for address in re.findall(rf'href="(/w/{TRA_SEN}/contacts/[^"]+)"', statuses):
            assert client.get(html.unescape(address)).status_code == 200, address
        chi = client_of(CHI).get("/w/gom-viet/overview/contacts-sentence/").content.decode()
        assert "Bạn quen" not in chi

    def test_shows_imports_left_half_done(
        self, workspace: Workspace, client_of: Callable[[str], Client]
    ) -> None:
        from quen.apps.import_export.models import Import

        Import.objects.create(filename="khach-sapo.xlsx", created_at=NOW)
        assert "khach-sapo.xlsx" in client_of(AN).get(f"/w/{TRA_SEN}/").content.decode()
        assert "khach-sapo.xlsx" not in client_of(BINH).get(f"/w/{TRA_SEN}/").content.decode()


class TestLog:
    def test_reads_in_sentences_newest_first(
        self, an: Member, binh: Member, client_of: Callable[[str], Client]
    ) -> None:
        services.change_role(member=binh, role="sales", actor=an, now=NOW + timedelta(hours=1))
        page = client_of(AN).get(f"/w/{TRA_SEN}/log/").content.decode()
        assert "Đổi vai trò của Trần Bình từ Người xem thành Bán hàng" in page

    def test_is_filtered_by_kind_and_member(self, an: Member, binh: Member) -> None:
        services.change_role(member=binh, role="sales", actor=an, now=NOW)
        services.change_role(member=binh, role="viewer", actor=an, now=NOW)
        assert [line.kind for line in queries.log_page(kind="team.role_changed").lines] == [
            "team.role_changed"
        ] * 2
        assert {line.member_name for line in queries.log_page(member_id=binh.pk).lines} == {"Trần Bình"}

    def test_pages_forth_and_back_over_lines_of_one_moment(self, workspace: Workspace, an: Member) -> None:
        for number in range(7):
            services.log_action(an, "test.line", now=NOW, data={"n": number})
        first = queries.log_page(kind="test.line", size=3)
        second = queries.log_page(kind="test.line", size=3, after=first.older)
        third = queries.log_page(kind="test.line", size=3, after=second.older)
        seen = [line.data["n"] for each in (first, second, third) for line in each.lines]
        assert seen == [6, 5, 4, 3, 2, 1, 0]
        assert (first.newer, third.older) == ("", "")
        back = queries.log_page(kind="test.line", size=3, before=second.newer)
        assert (back.lines, back.newer) == (first.lines, "")

    def test_a_place_that_was_made_up_is_the_first_page(self, client_of: Callable[[str], Client]) -> None:
        assert client_of(AN).get(f"/w/{TRA_SEN}/log/?after=x_y&who=z").status_code == 200


class TestNotices:
    @pytest.fixture
    def notice(self, an: Member) -> Notice:
        services.notify(an, "team.joined", now=NOW, path="/team/", data={"name": "Đỗ Dung"})
        return queries.notices(an)[0]

    def test_are_told_in_sentences_with_a_dot_while_new(
        self, notice: Notice, client_of: Callable[[str], Client]
    ) -> None:
        page = client_of(AN).get(f"/w/{TRA_SEN}/notices/").content.decode()
        assert "Đỗ Dung đã vào nhóm" in page and "1 thông báo mới" in page

    def test_opening_one_marks_it_and_leads_to_what_it_tells(
        self, notice: Notice, client_of: Callable[[str], Client]
    ) -> None:
        answer = client_of(AN).get(f"/w/{TRA_SEN}/notices/{notice.pk}/")
        assert answer["Location"] == f"/w/{TRA_SEN}/team/"
        assert queries.unread_count(notice.member) == 0

    def test_of_others_are_not_there(self, notice: Notice, client_of: Callable[[str], Client]) -> None:
        assert client_of(BINH).get(f"/w/{TRA_SEN}/notices/{notice.pk}/").status_code == 404
        assert "Đỗ Dung" not in client_of(BINH).get(f"/w/{TRA_SEN}/notices/").content.decode()

    def test_all_are_marked_at_once(self, notice: Notice, client_of: Callable[[str], Client]) -> None:
        client_of(AN).post(f"/w/{TRA_SEN}/notices/reading/")
        assert queries.unread_count(notice.member) == 0

    def test_the_bell_lists_them_when_opened(
        self, notice: Notice, client_of: Callable[[str], Client]
    ) -> None:
        answer = client_of(AN).get(f"/w/{TRA_SEN}/notices/bell/?open=1", headers={"HX-Request": "true"})
        page = answer.content.decode()
        assert "Đỗ Dung" in page and "<summary" not in page

    def test_pages_listen_to_ones_own_news_only(
        self, workspace: Workspace, an: Member, client_of: Callable[[str], Client]
    ) -> None:
        page = client_of(AN).get(f"/w/{TRA_SEN}/notices/").content.decode()
        token = page.split('data-live-url="/live/')[1].split('"')[0]
        assert live.topics_of(token) == [f"{workspace.schema_name}:notices/{an.pk}"]


class TestPalette:
    def test_finds_pages_without_accents(self, client_of: Callable[[str], Client]) -> None:
        found = client_of(AN).get(f"/w/{TRA_SEN}/palette/", {"q": "nguoi dung"}).json()
        assert found[0]["title"] == "Người dùng"
        assert found[0]["href"] == f"/w/{TRA_SEN}/team/"

    def test_finds_only_what_one_may_open(self, client_of: Callable[[str], Client]) -> None:
        query = {"q": "nhat ky"}
        assert client_of(AN).get(f"/w/{TRA_SEN}/palette/", query).json()
        assert client_of(BINH).get(f"/w/{TRA_SEN}/palette/", query).json() == []

    def test_leaves_out_pages_that_the_frame_has_already(self, client_of: Callable[[str], Client]) -> None:
        answer = client_of(AN).get(
            f"/w/{TRA_SEN}/palette/", {"q": "nguoi dung"}, headers={"HX-Request": "true"}
        )
        assert answer.json() == []

    def test_finds_nothing_for_nothing(self, client_of: Callable[[str], Client]) -> None:
        assert client_of(AN).get(f"/w/{TRA_SEN}/palette/", {"q": " "}).json() == []


class TestProgress:
    def test_is_drawn_with_a_stop_for_whom_it_belongs_to(
        self, an: Member, binh: Member, client_of: Callable[[str], Client]
    ) -> None:
        work = services.start_progress(
            kind="test", title="Đang nhập 10 khách", path="/imports/1/", member=an, total=10
        )
        services.advance(work, done=0, now=NOW)
        services.advance(work, done=4, now=NOW + timedelta(seconds=2))
        mine = client_of(AN).get(f"/w/{TRA_SEN}/progress/{work.pk}/", headers={"HX-Request": "true"})
        page = mine.content.decode()
        assert 'value="40"' in page and f"/progress/{work.pk}/stop/" in page and "<html" not in page
        theirs = client_of(BINH).get(f"/w/{TRA_SEN}/progress/{work.pk}/").content.decode()
        assert f"/progress/{work.pk}/stop/" not in theirs

    def test_stops_for_its_owner_and_nobody_without_the_right(
        self, an: Member, binh: Member, client_of: Callable[[str], Client]
    ) -> None:
        work = services.start_progress(kind="test", title="…", path="", member=an)
        assert client_of(BINH).post(f"/w/{TRA_SEN}/progress/{work.pk}/stop/").status_code == 403
        assert not services.stop_asked(work)
        client_of(AN).post(f"/w/{TRA_SEN}/progress/{work.pk}/stop/")
        assert services.stop_asked(work)

    def test_says_when_it_ended(self, an: Member, client_of: Callable[[str], Client]) -> None:
        work = services.start_progress(kind="test", title="…", path="/imports/1/", member=an)
        services.end_progress(work, state=ProgressState.DONE, now=NOW)
        answer = client_of(AN).get(f"/w/{TRA_SEN}/progress/{work.pk}/", headers={"HX-Request": "true"})
        assert answer["HX-Trigger"] == "progress:ended"
        assert f"/w/{TRA_SEN}/imports/1/" in answer.content.decode()

    def test_of_another_workspace_is_not_there(self, an: Member, client_of: Callable[[str], Client]) -> None:
        work = services.start_progress(kind="test", title="…", path="", member=an)
        assert client_of(CHI).get(f"/w/gom-viet/progress/{work.pk}/").status_code == 404
