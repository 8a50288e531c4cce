"""Owners let shops of their company share: asking, answering, leaving (R-58)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH, CHI, GOM_VIET, NOW, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.apps.advertisers import queries as advertisers
from quen.apps.advertisers import services as advertiser_services
from quen.apps.advertisers.models import Advertiser, AdvertiserWorkspace, JoinRequest
from quen.apps.advertisers.types import RequestGone
from quen.apps.compliance import services
from quen.apps.compliance.tests.sharing import join, workspaces
from quen.apps.team import services as team
from quen.apps.team.models import AuditEntry, Notification
from quen.apps.team.registry import notification_text
from quen.apps.team.types import Role
from quen.core import schemas

HERE, THERE = f"/w/{TRA_SEN}/sending/company/", f"/w/{GOM_VIET}/sending/company/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def an_client(database: None, client_of: Callable[[str], Client]) -> Client:
    return client_of(AN)


@pytest.fixture
def chi_client(database: None, client_of: Callable[[str], Client]) -> Client:
    return client_of(CHI)


def code_of(client: Client) -> str:
    """Create the code of An's shop and return it."""
    assert client.post(f"{HERE}code/").status_code == 302
    code = str(Advertiser.objects.get().code)
    assert code in client.get(HERE).content.decode()
    return code


def run_announcements(slug: str, *kinds: str, name: str) -> list[str]:
    """Run the jobs that announce these steps in a workspace, and return its notifications."""
    with schemas.use(accounts.get_workspace(slug).schema_name):
        for kind in kinds:
            services.announce_sharing(kind=kind, name=name, now=NOW)
        return [notification_text(each.kind, each.data) for each in Notification.objects.order_by("id")]


class TestJoining:
    def test_an_owner_asks_and_the_first_shop_accepts(self, an_client: Client, chi_client: Client) -> None:
        code = code_of(an_client)
        assert chi_client.post(THERE, {"code": code.lower().replace("-", " ")}).status_code == 302
        here, there = workspaces()
        assert advertisers.find_link(there) is None, "nothing is shared before the answer"
        page = an_client.get(HERE).content.decode()
        assert "Gốm Việt" in page
        assert "Lê Chi" in page
        request = JoinRequest.objects.get()
        assert an_client.post(f"{HERE}requests/{request.pk}/acceptance/").status_code == 302
        first, second = AdvertiserWorkspace.objects.order_by("joined_at", "pk")
        assert {first.advertiser_id} == {second.advertiser_id}
        for client, url in ((an_client, HERE), (chi_client, THERE)):
            page = client.get(url).content.decode()
            assert "Gốm Việt" in page
            assert "Trà Sen" in page
        for workspace, kinds in ((here, ["compliance.join_accepted"]), (there, ["compliance.join_asked"])):
            with schemas.use(workspace.schema_name):
                logged = AuditEntry.objects.filter(kind__startswith="compliance.join")
                assert list(logged.values_list("kind", flat=True)) == kinds
        assert run_announcements(GOM_VIET, "compliance.join_was_accepted", name="Trà Sen") == [
            "“Trà Sen” đã đồng ý dùng chung lời từ chối và giới hạn 24 giờ với cửa hàng này"
        ]

    def test_declining_shares_nothing(self, an_client: Client, chi_client: Client) -> None:
        chi_client.post(THERE, {"code": code_of(an_client)})
        request = JoinRequest.objects.get()
        assert an_client.post(f"{HERE}requests/{request.pk}/refusal/").status_code == 302
        assert AdvertiserWorkspace.objects.count() == 1
        assert an_client.post(f"{HERE}requests/{request.pk}/acceptance/").status_code == 409
        assert AdvertiserWorkspace.objects.count() == 1

    def test_a_wrong_code_says_so(self, chi_client: Client) -> None:
        response = chi_client.post(THERE, {"code": "ABCD-EFGH-JKLM"})
        assert response.status_code == 422
        assert "Không có cửa hàng nào dùng mã này" in response.content.decode()
        assert not JoinRequest.objects.exists()

    def test_codes_can_not_be_guessed_in_a_row(self, chi_client: Client) -> None:
        answers = [chi_client.post(THERE, {"code": f"ABCD-EFGH-JK{number}"}) for number in range(11, 22)]
        assert "Bạn đã thử quá nhiều lần" in answers[-1].content.decode()

    def test_the_own_code_joins_nobody(self, an_client: Client) -> None:
        response = an_client.post(HERE, {"code": code_of(an_client)})
        assert response.status_code == 422
        assert not JoinRequest.objects.exists()

    def test_a_replaced_code_is_worth_nothing(self, an_client: Client, chi_client: Client) -> None:
        code = code_of(an_client)
        an_client.post(f"{HERE}code/", {"renew": "1"})
        assert chi_client.post(THERE, {"code": code}).status_code == 422

    def test_only_the_first_shop_has_a_code(self, chi_client: Client) -> None:
        here, there = workspaces()
        join(here, there)
        code = Advertiser.objects.get().code
        assert code not in chi_client.get(THERE).content.decode()
        assert chi_client.post(f"{THERE}code/", {"renew": "1"}).status_code == 404
        assert Advertiser.objects.get().code == code

    def test_one_request_at_a_time_which_can_be_withdrawn(
        self, an_client: Client, chi_client: Client
    ) -> None:
        code = code_of(an_client)
        chi_client.post(THERE, {"code": code})
        assert chi_client.post(THERE, {"code": code}).status_code == 422
        assert chi_client.post(f"{THERE}request/withdrawal/").status_code == 302
        assert chi_client.post(THERE, {"code": code}).status_code == 302
        assert JoinRequest.objects.count() == 2

    def test_a_request_expires(self, an_client: Client, chi_client: Client) -> None:
        chi_client.post(THERE, {"code": code_of(an_client)})
        request = JoinRequest.objects.get()
        here, there = workspaces()
        late = request.created_at + timedelta(days=8)
        with pytest.raises(RequestGone):
            advertiser_services.decide_request(
                request_id=request.pk, first=here, accept=True, decided_by="An", now=late
            )
        advertiser = advertisers.find_link(here)
        assert advertiser is not None
        assert advertisers.open_requests_to(advertiser.advertiser, now=late) == []
        # Asking again is possible.
        advertiser_services.request_to_join(
            workspace=there, code=advertiser.advertiser.code, requested_by="Chi", now=late
        )

    def test_only_the_first_shop_answers(self, an_client: Client, chi_client: Client) -> None:
        here, there = workspaces()
        join(here, there)
        link = advertisers.find_link(here)
        assert link is not None
        an = accounts.find_user(AN)
        assert an is not None
        third = team.open_workspace(name="Mứt Huế", slug="mut-hue", owner=an, now=NOW)
        request = advertiser_services.request_to_join(
            workspace=third, code=link.advertiser.code, requested_by="Chi", now=NOW
        )
        with schemas.use(there.schema_name):
            answer = chi_client.post(f"{THERE}requests/{request.pk}/acceptance/")
        assert answer.status_code == 409
        assert "Mứt Huế" not in chi_client.get(THERE).content.decode()
        assert advertisers.find_link(third) is None

    def test_a_shop_that_shares_with_others_leaves_them_first(
        self, an_client: Client, chi_client: Client
    ) -> None:
        here, there = workspaces()
        join(here, there)
        chi = accounts.find_user(CHI)
        assert chi is not None
        third = team.open_workspace(name="Mứt Huế", slug="mut-hue", owner=chi, now=NOW)
        other = advertiser_services.ensure_link(workspace=third, now=NOW).advertiser
        response = chi_client.post(THERE, {"code": other.code})
        assert response.status_code == 422
        assert not JoinRequest.objects.filter(advertiser=other).exists()

    def test_leaving_is_logged_and_told_to_the_other(self, an_client: Client, chi_client: Client) -> None:
        here, there = workspaces()
        join(here, there)
        assert chi_client.post(f"{THERE}departure/").status_code == 302
        link = advertisers.find_link(here)
        assert link is not None
        assert [each.workspace_id for each in advertisers.links_of(link.advertiser)] == [here.pk]
        with schemas.use(there.schema_name):
            assert AuditEntry.objects.filter(kind="compliance.company_left").exists()
        assert run_announcements(TRA_SEN, "compliance.company_member_left", name="Gốm Việt")
        assert chi_client.post(f"{THERE}departure/").status_code == 409


class TestWhoSeesWhat:
    def test_a_viewer_is_refused_and_a_stranger_finds_nothing(
        self, client_of: Callable[[str], Client], database: None
    ) -> None:
        for path in (
            "",
            "code/",
            "request/withdrawal/",
            "requests/1/acceptance/",
            "requests/1/refusal/",
            "departure/",
        ):
            assert client_of(BINH).post(HERE + path).status_code == 403, path
            assert client_of(CHI).post(HERE + path).status_code == 404, path

    def test_an_administrator_sees_that_it_is_shared_but_not_with_whom_and_decides_nothing(
        self, database: None, client_of: Callable[[str], Client]
    ) -> None:
        here, there = workspaces()
        join(here, there)
        administrator = self.make_administrator(here)
        client = client_of(administrator)
        page = client.get(HERE).content.decode()
        assert "Dùng chung với 1 cửa hàng khác" in page
        assert "Gốm Việt" not in page
        link = advertisers.find_link(here)
        assert link is not None
        assert link.advertiser.code not in page
        for path in ("", "code/", "request/withdrawal/", "requests/1/acceptance/", "departure/"):
            answer = client.post(HERE + path, {"code": "ABCD-EFGH-JKLM"})
            assert answer.status_code == 403, path
            assert "An" in answer.content.decode(), path
        assert len(advertisers.links_of(link.advertiser)) == 2

    @staticmethod
    def make_administrator(workspace: Any) -> str:
        from quen.apps.accounts import services as accounts_services

        email = "quan-tri@tra-sen.example"
        user = accounts_services.create_user(email=email, name="Vũ Quản", password="dai-lau-kho-doan")
        accounts_services.add_membership(user=user, workspace=workspace)
        with schemas.use(workspace.schema_name):
            team.add_member(user=user, role=Role.ADMINISTRATOR, now=NOW)
        return email
