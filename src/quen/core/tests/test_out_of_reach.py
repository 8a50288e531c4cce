"""A workspace whose node is down: it stops, and everything else goes on and says which one is missing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import DataError, OperationalError, connection
from django.test import Client
from procrastinate.contrib.django import app
from tests.away import put_out_of_reach
from tests.cast import AN, CHI, GOM_VIET, NOW, TRA_SEN
from tests.citus_cluster import ports

from quen.apps.accounts import queries as accounts
from quen.apps.accounts import services as accounts_services
from quen.apps.contacts.models import Contact
from quen.apps.team import queries as team
from quen.apps.team import services as team_services
from quen.apps.team.types import Role
from quen.core import citus, jobs, schemas
from quen.core.database import outage

pytestmark = pytest.mark.django_db(transaction=True)
#: never due during a test run
NEVER = "0 0 29 2 *"
ran: list[str] = []


def read_contacts(_now: datetime) -> None:
    Contact.objects.count()
    ran.append(schemas.current())


def read_contact(*, number: int) -> None:
    Contact.objects.count()
    ran.append(f"{schemas.current()} {number}")


jobs.periodic("tests.reading_each", cron=NEVER, each_workspace=True)(read_contacts)
jobs.task("tests.reading")(read_contact)


@pytest.fixture
def schema() -> str:
    """Trà Sen's schema, out of reach; Gốm Việt is not."""
    ran.clear()
    lost = accounts.get_workspace(TRA_SEN).schema_name
    put_out_of_reach(lost)
    return lost


@pytest.fixture
def healthy() -> str:
    return accounts.get_workspace(GOM_VIET).schema_name


def fail_with(text: str, state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION '{text}' USING ERRCODE = '{state}'; END $$")


class TestNodeErrors:
    @pytest.mark.parametrize(
        ("text", "state"),
        [
            ("connection to the remote node quen@node:5432 failed", "08006"),
            ("terminating connection due to administrator command", "57P01"),
            ("the database system is starting up", "57P03"),
            ("failure on connection marked as essential: node:5432", "XX000"),
            ("could not commit transaction for shard 102042 on at least one active node", "XX000"),
            ("failed to complete COPY on node:5432", "58030"),
        ],
    )
    def test_are_known_and_are_an_outage(self, text: str, state: str) -> None:
        with pytest.raises(OperationalError) as raised:
            fail_with(text, state)
        assert outage.is_node_away(raised.value)
        assert outage.is_outage(raised.value)
        assert outage.reason(raised.value) == text

    def test_an_error_of_the_program_is_none(self) -> None:
        with pytest.raises(DataError) as raised:
            fail_with("division by zero", "22012")
        assert not outage.is_node_away(raised.value)
        assert outage.reason(raised.value) == ""

    def test_a_lost_connection_to_the_database_is_none(self) -> None:
        with pytest.raises(OperationalError) as raised, connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        assert not outage.is_node_away(raised.value)
        assert outage.is_outage(raised.value)


class TestVisits:
    def test_leave_out_what_is_out_of_reach(self, schema: str, healthy: str) -> None:
        found = schemas.visit([schema, healthy], lambda name: (name, Contact.objects.count()))
        assert found.answers == {healthy: (healthy, 0)}
        assert list(found.away) == [schema]
        (line,) = found.missing()
        assert line.startswith(f"{schema}: connection to the remote node ")
        assert schemas.current() == "public"

    def test_another_error_is_raised(self, healthy: str) -> None:
        with pytest.raises(DataError):
            schemas.visit([healthy], lambda _name: fail_with("division by zero", "22012"))

    @pytest.mark.on_citus
    def test_a_node_that_failed_is_asked_once(self, schema: str, healthy: str) -> None:
        nodes = citus.nodes()
        assert nodes[schema].endswith(":1") and nodes[healthy] != nodes[schema]
        asked: list[str] = []

        def ask(name: str) -> None:
            asked.append(name)
            Contact.objects.count()

        found = schemas.visit([schema, healthy, schema], ask)
        assert asked == [schema, healthy]
        assert list(found.away) == [schema]


class TestMigrations:
    def test_of_the_others_are_known(self, schema: str) -> None:
        state = schemas.migration_state()
        assert state.behind == []
        assert [line.partition(":")[0] for line in state.away] == [schema]

    def test_run_for_the_others(self, schema: str) -> None:
        reported: list[str] = []
        assert schemas.migrate_all(reported.append) == 0
        (line,) = reported
        assert line.startswith(f"Out of reach: {schema}: ")


class TestJobs:
    def test_a_sweep_goes_on_with_one_sentence(
        self, schema: str, healthy: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        app.tasks["tests.reading_each"].func(int(NOW.timestamp()))
        assert ran == [healthy]
        (entry,) = [each for each in caplog.records if each.name == jobs.log.name]
        assert entry.levelno == logging.WARNING and entry.exc_info is None
        assert entry.getMessage().startswith(f"tests.reading_each left out what is out of reach: {schema}: ")

    def test_a_job_waits_and_runs_once_the_node_is_back(
        self, schema: str, healthy: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        app.tasks["tests.reading"].func(schema=schema, number=1)
        app.tasks["tests.reading"].func(schema=healthy, number=2)
        assert ran == [f"{healthy} 2"]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT args ->> 'schema', args ->> 'number', scheduled_at > now() FROM public.procrastinate_jobs"
                " WHERE task_name = 'tests.reading' AND status = 'todo'"
            )
            assert cursor.fetchall() == [(schema, "1", True)]
        assert f"job tests.reading waits, {schema} is out of reach" in caplog.text

    def test_a_worker_starts_and_does_the_others_work(
        self, schema: str, healthy: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        for number, name in enumerate((schema, healthy)):
            with schemas.use(name):
                jobs.enqueue("tests.reading", number=number)
        # In a thread: after a test in the browser this one has a running event loop.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: jobs.run_worker([jobs.INTERACTIVE], concurrency=1, wait=False)).result()
        assert ran == [f"{healthy} 1"]
        assert "events.subscribe left out what is out of reach" in caplog.text


class TestPages:
    def test_say_that_the_workspace_is_out_of_reach(
        self, schema: str, client_of: Callable[[str], Client]
    ) -> None:
        client = client_of(AN)
        client.raise_request_exception = False
        response = client.get("/w/tra-sen/contacts/")
        assert response.status_code == 503
        assert response["Retry-After"] == "60"
        assert "dữ liệu của không gian làm việc này" in response.content.decode()
        assert client_of(CHI).get("/w/gom-viet/contacts/").status_code == 200

    def test_the_list_shows_the_others_numbers(
        self, schema: str, healthy: str, client_of: Callable[[str], Client]
    ) -> None:
        an = accounts.find_user(AN)
        assert an is not None
        accounts_services.add_membership(user=an, workspace=accounts.get_workspace(GOM_VIET))
        with schemas.use(healthy):
            team_services.add_member(user=an, role=Role.VIEWER, now=NOW)
        page = client_of(AN).get("/workspaces/").content.decode()
        assert "Không truy cập được" in page and "Đang hoạt động" in page
        workspaces = accounts.all_workspaces_of(an)
        by_schema = {
            each.workspace.schema_name: each for each in team.workspace_summaries(workspaces, user_id=an.pk)
        }
        assert (by_schema[healthy].members, by_schema[healthy].is_away) == (2, False)
        assert (by_schema[schema].members, by_schema[schema].is_away) == (0, True)

    def test_a_new_name_reaches_the_workspace_later(self, schema: str) -> None:
        an = accounts.find_user(AN)
        assert an is not None
        accounts_services.change_profile(user=an, name="An Nguyễn")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT args ->> 'schema' FROM public.procrastinate_jobs WHERE task_name = 'team.copy_name'"
            )
            assert cursor.fetchall() == [(schema,)]


class TestCreationMeanwhile:
    @pytest.mark.on_citus
    def test_leaves_nothing(self, schema: str) -> None:
        an = accounts.find_user(AN)
        assert an is not None and ports()
        before = schemas.workspace_schemas()
        with pytest.raises(OperationalError):
            team_services.open_workspace(name="Mộc Sen", slug="moc-sen", owner=an, now=NOW)
        assert schemas.workspace_schemas() == before
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'ws\\_%%'", [])
            assert cursor.fetchone()[0] == len(before)
