"""Lists saved under a name, for oneself and for the team (CON-38)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.cast import AN, BINH, CHI, NOW

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import SavedView
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import ViewNameTaken
from quen.apps.team.models import Member

pytestmark = pytest.mark.django_db
LIST = "/w/tra-sen/contacts/"
SPENDERS = "?incomplete=1&sort=-spent"


@pytest.fixture
def client(an: Member, client_of: Callable[[str], Any]) -> Any:
    return client_of(AN)


def saved(member: Member, name: str = "Cần hỏi thêm", *, for_team: bool = False) -> SavedView:
    return services.save_view(name=name, query=SPENDERS, for_team=for_team, member_id=member.pk, now=NOW)


class TestSaving:
    def test_the_list_becomes_a_tab_with_its_order(self, client: Any) -> None:
        make_contact(full_name="Trần Vy", incomplete=True)
        page = client.get(f"{LIST}{SPENDERS}").content.decode()
        assert f"{LIST}views/new/?incomplete=1" in page.replace("&amp;", "&")
        answer = client.post(f"{LIST}views/new/{SPENDERS}", {"name": "Cần hỏi thêm", "for_team": "on"})
        assert answer["Location"] == f"{LIST}{SPENDERS}"
        page = " ".join(client.get(answer["Location"]).content.decode().split())
        assert 'aria-current="page"> Cần hỏi thêm' in page
        tabs = page[page.index('id="views"') : page.index("</nav>", page.index('id="views"'))]
        assert tabs.count('aria-current="page"') == 1

    def test_what_a_url_cannot_mean_is_not_saved(self, client: Any) -> None:
        client.post(f"{LIST}views/new/?sort=xyz&columns=phone", {"name": "Lạ"})
        assert SavedView.objects.get().query == "?columns=phone"

    def test_a_broken_filter_saves_nobody_s_list(self, client: Any) -> None:
        client.post(f"{LIST}views/new/?rules={{x", {"name": "Lạ"})
        assert not SavedView.objects.exists()

    def test_a_name_twice_is_refused(self, client: Any, an: Member) -> None:
        saved(an, "VIP")
        answer = client.post(f"{LIST}views/new/{SPENDERS}", {"name": " vip "})
        assert answer.status_code == 422
        assert "Đã có danh sách" in answer.content.decode()
        with pytest.raises(ViewNameTaken):
            saved(an, "Vip")


class TestSharing:
    def test_only_the_team_s_are_seen_by_others(self, an: Member, binh: Member, client_of: Any) -> None:
        make_contact()
        own, shared = saved(an, "Của An"), saved(an, "Cả nhóm", for_team=True)
        assert list(queries.saved_views(binh.pk)) == [shared]
        page = client_of(BINH).get(LIST).content.decode()
        assert "Cả nhóm" in page
        assert "Của An" not in page
        assert client_of(BINH).get(f"{LIST}views/{own.pk}/").status_code == 404
        assert client_of(BINH).post(f"{LIST}views/{shared.pk}/delete/").status_code == 403
        assert client_of(CHI).get(f"{LIST}views/").status_code == 404

    def test_who_may_not_configure_saves_for_themselves(self, binh: Member, client_of: Any) -> None:
        client_of(BINH).post(f"{LIST}views/new/{SPENDERS}", {"name": "Riêng", "for_team": "on"})
        assert not SavedView.objects.get().for_team

    def test_is_renamed_shared_and_deleted(self, client: Any, an: Member) -> None:
        view = saved(an)
        client.post(f"{LIST}views/{view.pk}/", {"name": "Hỏi thêm", "for_team": "on"})
        view.refresh_from_db()
        assert (view.name, view.for_team, view.query) == ("Hỏi thêm", True, SPENDERS)
        client.post(f"{LIST}views/{view.pk}/delete/")
        assert not SavedView.objects.exists()
