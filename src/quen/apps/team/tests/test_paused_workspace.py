"""A paused workspace: what its members see, what outsiders don't, and what waits until it is resumed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from tests.cast import AN, BINH, CHI, GOM_VIET, NOW, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.models import User
from quen.apps.accounts.types import AccountEventKind, PauseReason, WorkspaceNotPaused
from quen.apps.team import access, queries, services
from quen.apps.team.models import Member
from quen.core import pauses, schemas
from quen.core.database.base import PUBLIC

pytestmark = pytest.mark.django_db
PAGE = f"/w/{TRA_SEN}/contacts/"
SENTENCE = "Trong lúc tạm dừng, không mở hay sửa được gì ở đây"


def user(email: str) -> User:
    found = accounts.find_user(email)
    assert found is not None
    return found


def pause(slug: str = TRA_SEN) -> Any:
    workspace = accounts.get_workspace(slug)
    return accounts_services.pause_workspace(
        workspace=workspace, reason=PauseReason.MOVING, by="Vận hành", now=NOW, user=user(AN)
    )


def resume(slug: str = TRA_SEN) -> None:
    accounts_services.resume_workspace(workspace=accounts.get_workspace(slug), by="Vận hành", now=NOW)


class TestPages:
    def test_say_so_and_open_by_themselves_afterwards(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        pause()
        response = client.get(PAGE)
        assert (response.status_code, response["Retry-After"]) == (503, "15")
        text = response.content.decode()
        assert SENTENCE in text
        assert 'data-reload-seconds="15"' in text
        assert 'href="/workspaces/"' in client_of(BINH).get(PAGE).content.decode()
        assert client.get("/workspaces/").status_code == 200
        resume()
        assert client.get(PAGE).status_code == 200

    def test_speak_the_members_language(self, client_of: Callable[[str], Client]) -> None:
        User.objects.filter(email=AN).update(language="en")
        pause()
        assert "while it is paused" in client_of(AN).get(PAGE).content.decode()

    def test_a_form_is_not_sent_again_by_itself(self, client_of: Callable[[str], Client]) -> None:
        pause()
        response = client_of(AN).post(PAGE, {"name": "Trà"})
        assert response.status_code == 503
        assert "data-reload-seconds" not in response.content.decode()
        assert "data-back" in response.content.decode()

    def test_parts_of_a_page_get_a_notice(self, client_of: Callable[[str], Client]) -> None:
        pause()
        response = client_of(AN).get(PAGE, headers={"HX-Request": "true"})
        assert (response.status_code, response["HX-Reswap"], response.content) == (503, "none", b"")
        assert '"tone": "wait"' in response["HX-Trigger"]

    def test_programs_get_a_sentence(self, client_of: Callable[[str], Client]) -> None:
        pause()
        response = client_of(AN).get(PAGE, headers={"Accept": "application/json"})
        assert (response.status_code, response["Retry-After"]) == (503, "15")
        assert response.json()["code"] == "workspace_paused"
        assert SENTENCE in response.json()["text"]

    def test_are_not_found_by_others_and_stay_open_elsewhere(
        self, client_of: Callable[[str], Client]
    ) -> None:
        pause()
        assert client_of(CHI).get(PAGE).status_code == 404
        assert client_of(CHI).get(f"/w/{GOM_VIET}/contacts/").status_code == 200

    def test_nothing_is_read_from_its_schema(self, client_of: Callable[[str], Client]) -> None:
        client, schema = client_of(AN), pause().schema_name
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER SCHEMA {schema} RENAME TO away")
        assert client.get(PAGE).status_code == 503
        page = client.get("/workspaces/").content.decode()
        assert "Tạm dừng" in page
        assert access.may_enter(user(AN), schema)
        assert not access.may_enter(user(CHI), schema)
        assert queries.workspaces_owned_alone(user(AN)) == []


class TestWhatWaits:
    def test_an_invitation_can_be_accepted_afterwards(self, workspace: Any) -> None:
        guest = accounts_services.create_user(email="dung@tra-sen.example", name="Dũng", password=None)
        invitation, _token = accounts_services.create_invitation(
            workspace=workspace, email=guest.email, role="viewer", invited_by=user(AN), now=NOW
        )
        pause()
        with pytest.raises(pauses.WorkspacePaused):
            services.accept_invitation(invitation=invitation, user=guest, now=NOW)
        assert not Member.objects.filter(user_id=guest.pk).exists()
        resume()
        services.accept_invitation(invitation=invitation, user=guest, now=NOW)
        assert Member.objects.filter(user_id=guest.pk).exists()

    def test_a_name_is_copied_by_a_job(self, workspace: Any) -> None:
        pause()
        accounts_services.change_profile(user=user(AN), name="Hoài An", language="vi", theme="auto", phone="")
        assert queries.find_member(user(AN).pk).name == "Nguyễn Hoài An"  # type: ignore[union-attr]
        with schemas.use(PUBLIC), connection.cursor() as cursor:
            cursor.execute(
                "SELECT args ->> 'schema' FROM procrastinate_jobs WHERE task_name = 'team.copy_name'"
            )
            assert [schema for (schema,) in cursor.fetchall()] == [workspace.schema_name]

    def test_an_account_can_be_deleted_afterwards(self, workspace: Any) -> None:
        pause()
        with pytest.raises(pauses.WorkspacePaused):
            services.delete_account(user=user("binh@tra-sen.example"), now=NOW)

    def test_it_is_not_deleted_meanwhile(self, workspace: Any) -> None:
        workspace.delete_after = NOW
        workspace.save()
        pause()
        assert services.delete_due_workspaces(now=NOW) == 0
        resume()
        assert services.delete_due_workspaces(now=NOW) == 1


class TestLog:
    def test_says_who_and_why_and_the_first_reason_stays(self, client_of: Callable[[str], Client]) -> None:
        pause()
        workspace = accounts_services.pause_workspace(
            workspace=accounts.get_workspace(TRA_SEN),
            reason=PauseReason.MAINTENANCE,
            by="Người khác",
            now=NOW,
        )
        assert (workspace.pause_reason, workspace.paused_by, workspace.paused_at) == (
            "moving",
            "Vận hành",
            NOW,
        )
        resume()
        with pytest.raises(WorkspaceNotPaused):
            resume()
        events = [event for event in accounts.workspace_events(limit=10) if "by" in event.data]
        assert [(event.kind, event.data["by"]) for event in events] == [
            (AccountEventKind.WORKSPACE_RESUMED, "Vận hành"),
            (AccountEventKind.WORKSPACE_PAUSED, "Vận hành"),
        ]
        assert "Đã tạm dừng một không gian làm việc" in client_of(AN).get("/installation/").content.decode()
