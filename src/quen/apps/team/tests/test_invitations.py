"""Inviting users, and accepting an invitation."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from tests.cast import AN, BINH, CHI, NOW, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.models import Invitation, User, Workspace
from quen.apps.accounts.types import InvitationGone
from quen.apps.team import queries, services
from quen.apps.team.models import AuditEntry, Member
from quen.apps.team.types import OnlyOwners, Role
from quen.core import schemas

pytestmark = pytest.mark.django_db
NEWCOMER = "dung@tra-sen.example"
PASSWORD = "hoa-sen-no-2026"
Commits = Callable[..., object]


def user(email: str) -> User:
    found = accounts.find_user(email)
    assert found is not None
    return found


@pytest.fixture
def invite(
    client_of: Callable[[str], Client], django_capture_on_commit_callbacks: Callable[..., object]
) -> Callable[..., str]:
    """Invite an address as An; give the path of the link in the mail."""

    def run(email: str, role: str = "sales") -> str:
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
            answer = client_of(AN).post(f"/w/{TRA_SEN}/team/invitations/", {"emails": email, "role": role})
        assert answer.status_code == 302, answer.content.decode()
        found = re.search(r"/invitation/\S+/", str(mail.outbox[-1].body))
        assert found is not None
        return found[0]

    return run


def member_of(email: str) -> Member | None:
    with schemas.use(accounts.get_workspace(TRA_SEN).schema_name):
        return queries.find_member(user(email).pk)


class TestInvite:
    def test_mails_each_address_a_link_of_its_own(
        self, invite: Callable[..., str], client_of: Callable[[str], Client]
    ) -> None:
        invite(f"{NEWCOMER}, Em@Tra-Sen.example\n{NEWCOMER}")
        assert sorted(sent.to[0] for sent in mail.outbox) == [NEWCOMER, "em@tra-sen.example"]
        assert "Nguyễn Hoài An mời bạn" in mail.outbox[0].subject
        assert "Bán hàng" in str(mail.outbox[0].body)
        page = client_of(AN).get(f"/w/{TRA_SEN}/team/").content.decode()
        assert NEWCOMER in page

    def test_names_addresses_of_members(self, client_of: Callable[[str], Client]) -> None:
        answer = client_of(AN).post(f"/w/{TRA_SEN}/team/invitations/", {"emails": BINH, "role": "sales"})
        assert answer.status_code == 422
        assert not Invitation.objects.exists()

    def test_names_the_invalid_address(self, client_of: Callable[[str], Client]) -> None:
        answer = client_of(AN).post(
            f"/w/{TRA_SEN}/team/invitations/", {"emails": f"{NEWCOMER}, em@", "role": "sales"}
        )
        assert answer.status_code == 422
        assert "em@" in answer.content.decode()
        assert not Invitation.objects.exists()

    def test_only_owners_invite_owners(self, workspace: Workspace, an: Member, binh: Member) -> None:
        services.change_role(member=binh, role=Role.ADMINISTRATOR, actor=an.actor, now=NOW)
        with pytest.raises(OnlyOwners):
            services.send_invitations(
                workspace=workspace,
                emails=[NEWCOMER],
                role=Role.OWNER,
                actor=binh.actor,
                user=user(BINH),
                now=NOW,
            )
        assert not Invitation.objects.exists()

    def test_resending_invalidates_the_previous_link(
        self, invite: Callable[..., str], client_of: Callable[[str], Client]
    ) -> None:
        first = invite(NEWCOMER)
        pending = Invitation.objects.get(revoked_at=None)
        client_of(AN).post(f"/w/{TRA_SEN}/team/invitations/{pending.pk}/resend/")
        assert Client().get(first).status_code == 410
        assert Invitation.objects.filter(revoked_at=None).count() == 1

    def test_revoking_invalidates_the_link(
        self, invite: Callable[..., str], client_of: Callable[[str], Client]
    ) -> None:
        link = invite(NEWCOMER)
        pending = Invitation.objects.get()
        client_of(AN).post(f"/w/{TRA_SEN}/team/invitations/{pending.pk}/revoke/")
        assert Client().get(link).status_code == 410

    def test_an_invitation_of_another_workspace_is_not_found(
        self, invite: Callable[..., str], client_of: Callable[[str], Client]
    ) -> None:
        invite(NEWCOMER)
        pending = Invitation.objects.get()
        answer = client_of(CHI).post(f"/w/gom-viet/team/invitations/{pending.pk}/revoke/")
        assert answer.status_code == 404
        pending.refresh_from_db()
        assert pending.revoked_at is None


class TestAccept:
    def test_a_new_user_sets_name_and_password_and_joins(self, invite: Callable[..., str]) -> None:
        link, client = invite(NEWCOMER), Client()
        assert "Trà Sen" in client.get(link).content.decode()
        answer = client.post(link, {"name": "Đỗ Dung", "password": PASSWORD})
        assert answer["Location"] == f"/w/{TRA_SEN}/"
        made = member_of(NEWCOMER)
        assert made is not None and (made.role, made.name) == (Role.SALES, "Đỗ Dung")
        assert client.get(f"/w/{TRA_SEN}/").status_code == 200
        assert user(NEWCOMER).check_password(PASSWORD)

    def test_the_link_works_once(self, invite: Callable[..., str]) -> None:
        link = invite(NEWCOMER)
        Client().post(link, {"name": "Đỗ Dung", "password": PASSWORD})
        again = Client().get(link)
        assert again.status_code == 410
        assert "Lời mời này không còn dùng được" in again.content.decode()

    def test_a_weak_password_creates_no_user(self, invite: Callable[..., str]) -> None:
        assert Client().post(invite(NEWCOMER), {"name": "Đỗ Dung", "password": "123"}).status_code == 422
        assert accounts.find_user(NEWCOMER) is None

    def test_an_existing_user_signs_in_and_confirms(
        self, invite: Callable[..., str], client_of: Callable[[str], Client]
    ) -> None:
        link = invite(CHI)
        assert "/accounts/login/?next=" in Client().get(link).content.decode()
        chi = client_of(CHI)
        assert chi.get(f"/w/{TRA_SEN}/").status_code == 404
        assert chi.get(link).status_code == 200
        assert member_of(CHI) is None
        assert chi.post(link)["Location"] == f"/w/{TRA_SEN}/"
        assert chi.get(f"/w/{TRA_SEN}/").status_code == 200

    def test_another_user_is_refused(
        self, invite: Callable[..., str], client_of: Callable[[str], Client]
    ) -> None:
        link = invite(NEWCOMER)
        chi = client_of(CHI)
        page = chi.get(link).content.decode()
        assert NEWCOMER in page and CHI in page
        assert chi.post(link).status_code == 403
        assert member_of(CHI) is None

    def test_notifies_the_owner_and_logs_each_step(self, invite: Callable[..., str]) -> None:
        Client().post(invite(NEWCOMER), {"name": "Đỗ Dung", "password": PASSWORD})
        owner = member_of(AN)
        assert owner is not None
        with schemas.use(accounts.get_workspace(TRA_SEN).schema_name):
            (notification,) = queries.notifications(owner)
            kinds = list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))[-2:]
        assert (notification.kind, notification.data) == ("team.joined", {"name": "Đỗ Dung"})
        assert kinds == ["team.invited", "team.joined"]

    def test_ends_after_seven_days(self, workspace: Workspace, an: Member) -> None:
        services.send_invitations(
            workspace=workspace, emails=[NEWCOMER], role=Role.SALES, actor=an.actor, user=user(AN), now=NOW
        )
        _invitation, token = accounts_services.create_invitation(
            workspace=workspace, email=NEWCOMER, role=Role.SALES, invited_by=user(AN), now=NOW
        )
        assert accounts_services.get_invitation(token, now=NOW + timedelta(days=6, hours=23))
        with pytest.raises(InvitationGone):
            accounts_services.get_invitation(token, now=NOW + timedelta(days=7))
