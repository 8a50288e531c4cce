"""Roles, removals, and what owners alone may do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from tests.cast import AN, BINH, CHI, NOW, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.apps.accounts.models import Membership, Workspace
from quen.apps.campaigns.types import CampaignRight
from quen.apps.contacts.types import ContactRight
from quen.apps.content.types import ContentRight
from quen.apps.team import queries, registry, services
from quen.apps.team.models import AuditEntry, Member
from quen.apps.team.types import LastOwner, OnlyOwners, Role, TeamRight

pytestmark = pytest.mark.django_db


class TestChangeRole:
    def test_is_saved_and_logged(self, an: Member, binh: Member, client_of: Callable[[str], Client]) -> None:
        answer = client_of(AN).post(f"/w/{TRA_SEN}/team/{binh.pk}/", {"role": "marketer"})
        assert answer["Location"] == f"/w/{TRA_SEN}/team/"
        binh.refresh_from_db()
        assert binh.role == Role.MARKETER
        entry = AuditEntry.objects.get(kind="team.role_changed")
        assert entry.data == {"name": "Trần Bình", "from": "viewer", "to": "marketer"}

    def test_keeps_one_owner(self, an: Member, client_of: Callable[[str], Client]) -> None:
        with pytest.raises(LastOwner):
            services.change_role(member=an, role=Role.ADMINISTRATOR, actor=an.actor, now=NOW)
        answer = client_of(AN).post(f"/w/{TRA_SEN}/team/{an.pk}/", {"role": "viewer"})
        assert answer.status_code == 422
        an.refresh_from_db()
        assert an.role == Role.OWNER

    def test_only_owners_make_owners(self, an: Member, binh: Member) -> None:
        services.change_role(member=binh, role=Role.ADMINISTRATOR, actor=an.actor, now=NOW)
        with pytest.raises(OnlyOwners):
            services.change_role(member=binh, role=Role.OWNER, actor=binh.actor, now=NOW)
        with pytest.raises(OnlyOwners):
            services.change_role(member=an, role=Role.VIEWER, actor=binh.actor, now=NOW)

    def test_the_same_role_writes_nothing(self, an: Member, binh: Member) -> None:
        services.change_role(member=binh, role=Role.VIEWER, actor=an.actor, now=NOW)
        assert not AuditEntry.objects.filter(kind="team.role_changed").exists()


class TestRemove:
    def test_ends_access_and_keeps_the_log(
        self, workspace: Workspace, binh: Member, client_of: Callable[[str], Client]
    ) -> None:
        answer = client_of(AN).post(f"/w/{TRA_SEN}/team/{binh.pk}/remove/")
        assert answer.status_code == 302
        assert client_of(BINH).get(f"/w/{TRA_SEN}/").status_code == 404
        assert not Membership.objects.filter(user_id=binh.user_id, workspace=workspace).exists()
        assert binh not in queries.members()
        assert AuditEntry.objects.filter(actor_id=binh.pk).exists()

    def test_never_the_last_owner(self, an: Member, client_of: Callable[[str], Client]) -> None:
        assert client_of(AN).post(f"/w/{TRA_SEN}/team/{an.pk}/remove/").status_code == 422
        assert an in queries.members()


class TestPages:
    def test_binh_sees_the_team_without_its_links(self, client_of: Callable[[str], Client]) -> None:
        page = client_of(BINH).get(f"/w/{TRA_SEN}/team/").content.decode()
        assert "Nguyễn Hoài An" in page
        assert "invitations/" not in page

    def test_the_refusal_names_who_can(self, client_of: Callable[[str], Client]) -> None:
        answer = client_of(BINH).get(f"/w/{TRA_SEN}/settings/")
        assert answer.status_code == 403
        assert "Nguyễn Hoài An" in answer.content.decode()

    def test_roles_are_explained_in_the_active_language(self, client_of: Callable[[str], Client]) -> None:
        page = client_of(BINH).get(f"/w/{TRA_SEN}/team/roles/").content.decode()
        assert "Chủ sở hữu" in page and "Mời đồng nghiệp và giao vai trò" in page

    def test_runs_the_same_number_of_queries_for_many_members(
        self, workspace: Workspace, client_of: Callable[[str], Client], django_assert_max_num_queries: object
    ) -> None:
        for number in range(20):
            Member.objects.create(
                user_id=9000 + number, name=f"Người {number}", email=f"n{number}@x.vn", role="sales"
            )
        client = client_of(AN)
        # Two of them are the numbers in the sidebar: duplicates, and the member's tasks.
        with django_assert_max_num_queries(13):  # type: ignore[operator]
            assert client.get(f"/w/{TRA_SEN}/team/").status_code == 200

    def test_chi_never_reads_of_an(self, client_of: Callable[[str], Client]) -> None:
        page = client_of(CHI).get("/w/gom-viet/team/").content.decode()
        assert "Lê Chi" in page and "Nguyễn Hoài An" not in page


class TestRights:
    def test_a_viewer_reads_and_nothing_else(self, binh: Member) -> None:
        granted = {right.key for right in registry.rights() if binh.can(right.key)}
        assert {TeamRight.VIEW_OVERVIEW, ContactRight.VIEW, CampaignRight.VIEW, ContentRight.VIEW} <= granted
        assert {key for key in granted if not key.endswith(".view")} == set()

    def test_a_removed_owner_may_do_nothing(self, an: Member) -> None:
        an.deactivated_at = NOW
        assert not any(an.can(right.key) for right in registry.rights())

    def test_the_user_stays_when_the_member_is_removed(
        self, workspace: Workspace, an: Member, binh: Member
    ) -> None:
        services.remove_member(member=binh, workspace=workspace, actor=an.actor, now=NOW)
        assert accounts.find_user(BINH) is not None
