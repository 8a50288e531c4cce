"""Deleting one's own account."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from tests.cast import AN, BINH, NOW, PASSWORD

from quen.apps.accounts import queries as accounts
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.models import User, Workspace
from quen.apps.accounts.types import LastOperator
from quen.apps.team import queries, services
from quen.apps.team.models import AuditEntry, Member
from quen.apps.team.types import OnlyOwnerOf, Role
from quen.core import schemas

pytestmark = pytest.mark.django_db
URL = "/profile/delete/"


def user(email: str) -> User:
    found = accounts.find_user(email)
    assert found is not None
    return found


class TestDeleteAccount:
    def test_ends_access_and_keeps_the_name_in_the_log(
        self, workspace: Workspace, an: Member, binh: Member, client_of: Callable[[str], Client]
    ) -> None:
        client = client_of(BINH)
        answer = client.post(URL, {"password": PASSWORD})
        assert answer["Location"] == "/accounts/login/"
        assert accounts.find_user(BINH) is None
        assert client.get("/profile/").status_code == 302
        with schemas.use(workspace.schema_name):
            left = Member.objects.get(pk=binh.pk)
            assert (left.email, left.name) == ("", "Trần Bình") and left.deactivated_at is not None
            entry = AuditEntry.objects.get(kind="team.account_deleted")
            assert entry.actor_name == "Trần Bình"
            assert queries.notifications(an)[0].data == {"name": "Trần Bình"}

    def test_needs_the_password(self, client_of: Callable[[str], Client]) -> None:
        assert client_of(BINH).post(URL, {"password": "nope"}).status_code == 422
        assert accounts.find_user(BINH) is not None

    def test_is_refused_to_the_only_owner(
        self, workspace: Workspace, an: Member, client_of: Callable[[str], Client]
    ) -> None:
        assert "Trà Sen" in client_of(AN).get(URL).content.decode()
        with pytest.raises(OnlyOwnerOf) as refusal:
            services.delete_account(user=user(AN), now=NOW)
        assert refusal.value.params == {"workspaces": workspace.name}
        an.refresh_from_db()
        assert an.deactivated_at is None and an.email == AN

    def test_another_owner_may_stay(self, workspace: Workspace, an: Member, binh: Member) -> None:
        services.change_role(member=binh, role=Role.OWNER, actor=an.actor, now=NOW)
        services.delete_account(user=user(BINH), now=NOW)
        assert list(queries.members()) == [an]

    def test_a_user_without_a_password_confirms_only(self, client_of: Callable[[str], Client]) -> None:
        accounts_services.create_user(email="dung@x.example", name="Dung", password=None)
        assert client_of("dung@x.example").post(URL)["Location"] == "/accounts/login/"
        assert accounts.find_user("dung@x.example") is None

    def test_is_refused_to_the_last_operator(self) -> None:
        with pytest.raises(LastOperator):
            accounts_services.delete_user(user=user(AN))
