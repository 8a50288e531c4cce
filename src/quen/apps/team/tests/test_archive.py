"""Archiving a workspace, restoring it, deleting it with everything in it (ACC-13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app
from tests.cast import AN, BINH, CHI, NOW, PASSWORD, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.apps.accounts.models import AccountEvent, Workspace
from quen.apps.accounts.types import AccountEventKind
from quen.apps.ingest.models import RawEvent
from quen.apps.team import services
from quen.apps.team.models import AuditEntry, File, Member
from quen.apps.team.types import Role
from quen.core import clock, jobs, schemas
from quen.core.actors import SYSTEM
from quen.core.database.base import PUBLIC

pytestmark = pytest.mark.django_db(transaction=True)
ARCHIVE = f"/w/{TRA_SEN}/settings/archive/"
DELETION = f"{ARCHIVE}deletion/"
CONFIRMED = {"name": "Trà Sen", "password": PASSWORD}


def tra_sen() -> Workspace:
    return accounts.get_workspace(TRA_SEN)


def schema_exists(schema: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [schema])
        return bool(cursor.fetchone()[0])


@pytest.fixture
def administrator(workspace: Workspace, binh: Member) -> Member:
    """Bình as an administrator: may configure, is no owner."""
    binh.role = Role.ADMINISTRATOR
    binh.save(update_fields=["role"])
    return binh


class TestArchive:
    def test_lets_members_read_and_change_nothing(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        assert client.post(ARCHIVE)["Location"] == ARCHIVE
        assert tra_sen().archived_at is not None
        for path in ("", "contacts/", "campaigns/", "settings/"):
            page = client.get(f"/w/{TRA_SEN}/{path}")
            assert page.status_code == 200
            text = page.content.decode()
            # Beside the page's own content, whose columns it would break.
            assert 0 < text.index("đã lưu trữ") < text.index('<main id="main"')
        answer = client.post(f"/w/{TRA_SEN}/contacts/new/", {"full_name": "Lan", "phone": "0905 777 123"})
        assert answer.status_code == 403
        assert "lưu trữ" in answer.content.decode()
        assert client.post(f"/w/{TRA_SEN}/settings/", {"name": "Khác"}).status_code == 403

    def test_takes_it_out_of_the_switcher_but_not_of_the_list(
        self, client_of: Callable[[str], Client]
    ) -> None:
        client = client_of(AN)
        client.post(ARCHIVE)
        assert client.get("/")["Location"] == "/workspaces/"
        page = client.get("/workspaces/").content.decode()
        assert "Đã lưu trữ" in page and f"/w/{TRA_SEN}/" in page

    def test_runs_no_job_that_sends(self, workspace: Workspace, client_of: Callable[[str], Client]) -> None:
        runs: list[str] = []
        jobs.task("tests.sending", queue=jobs.SENDING)(lambda: runs.append(schemas.current()))
        send = app.tasks["tests.sending"].func
        send(schema=workspace.schema_name)
        client_of(AN).post(ARCHIVE)
        send(schema=workspace.schema_name)
        send(schema="ws_2")
        assert runs == [workspace.schema_name, "ws_2"]

    def test_can_be_undone(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        client.post(ARCHIVE)
        assert client.post(f"{ARCHIVE}restore/")["Location"] == ARCHIVE
        assert tra_sen().archived_at is None
        assert client.get("/")["Location"] == f"/w/{TRA_SEN}/"
        with schemas.use(tra_sen().schema_name):
            kinds = list(AuditEntry.objects.values_list("kind", flat=True)[:2])
        assert kinds == ["workspace.unarchived", "workspace.archived"]

    @pytest.mark.parametrize("path", [ARCHIVE, f"{ARCHIVE}restore/", DELETION])
    def test_is_for_owners_only(
        self, path: str, administrator: Member, client_of: Callable[[str], Client]
    ) -> None:
        client = client_of(BINH)
        answer = client.post(path, CONFIRMED)
        assert answer.status_code in (403, 422)
        assert "Nguyễn Hoài An" in answer.content.decode()
        assert tra_sen().archived_at is None
        assert (
            "<button"
            not in client.get(ARCHIVE).content.decode().partition('id="main"')[2].partition("</main>")[0]
        )
        assert client_of(CHI).post(path, CONFIRMED).status_code == 404


class TestDeletion:
    @pytest.mark.parametrize(
        "given", [{"name": "Tra Sen", "password": PASSWORD}, {"name": "Trà Sen", "password": "sai"}]
    )
    def test_needs_the_name_and_the_password(
        self, given: dict[str, str], client_of: Callable[[str], Client]
    ) -> None:
        assert client_of(AN).post(DELETION, given).status_code == 422
        workspace = tra_sen()
        assert (workspace.archived_at, workspace.delete_after) == (None, None)

    def test_archives_at_once_and_tells_the_owners(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        assert client.post(DELETION, CONFIRMED)["Location"] == ARCHIVE
        workspace = tra_sen()
        assert workspace.archived_at is not None
        assert workspace.delete_after is not None
        assert workspace.delete_after > clock.now() + timedelta(days=6)
        assert services.delete_due_workspaces(now=clock.now()) == 0
        assert "sẽ bị xóa" in client.get(f"/w/{TRA_SEN}/").content.decode()

    def test_can_be_withdrawn_until_then(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        client.post(DELETION, CONFIRMED)
        client.post(f"{ARCHIVE}restore/")
        assert services.delete_due_workspaces(now=clock.now() + timedelta(days=8)) == 0
        assert tra_sen().delete_after is None

    def test_deletes_schema_files_jobs_and_shared_rows_then(
        self, workspace: Workspace, client_of: Callable[[str], Client]
    ) -> None:
        services.store_file(name="a.csv", content=iter([b"x" * 10]))
        assert File.objects.count() == 1
        jobs.enqueue("delivery.fan_out", dispatch_id=1)
        with schemas.use(PUBLIC):
            RawEvent.objects.create(workspace_id=workspace.pk, endpoint="open", at=NOW, body={})
        client = client_of(AN)
        client.post(DELETION, CONFIRMED)
        assert services.delete_due_workspaces(now=clock.now() + timedelta(days=8)) == 1
        with schemas.use(PUBLIC):
            assert not Workspace.objects.filter(slug=TRA_SEN).exists()
            assert not RawEvent.objects.filter(workspace_id=workspace.pk).exists()
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'schema' = %s",
                    [workspace.schema_name],
                )
                assert cursor.fetchone() == (0,)
        assert not schema_exists(workspace.schema_name)
        assert schema_exists("ws_2")
        assert client.get(f"/w/{TRA_SEN}/").status_code == 404
        assert client.get("/workspaces/").status_code == 200

    def test_is_in_the_operators_log(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        client.post(DELETION, CONFIRMED)
        services.delete_due_workspaces(now=clock.now() + timedelta(days=8))
        kinds = list(AccountEvent.objects.values_list("kind", flat=True)[:2])
        assert kinds == [AccountEventKind.WORKSPACE_DELETED, AccountEventKind.WORKSPACE_DELETION_REQUESTED]
        page = client.get("/installation/").content.decode()
        assert "Trà Sen" in page and f"/w/{TRA_SEN}/" in page
        assert client_of(BINH).get("/installation/").status_code == 404


def test_the_command_line_may_archive(workspace: Workspace) -> None:
    services.archive_workspace(workspace=workspace, actor=SYSTEM, user=None, now=NOW)
    assert tra_sen().archived_at == NOW
