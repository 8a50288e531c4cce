"""Periodic tasks run in each workspace; a failure in one does not affect the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import OperationalError, connection
from procrastinate.contrib.django import app
from tests.cast import NOW

from quen.apps.accounts import queries as accounts
from quen.core import jobs, schemas

#: never due during a test run
NEVER = "0 0 29 2 *"
runs: list[tuple[str, datetime]] = []
failing: set[str] = set()


def record(now: datetime) -> None:
    runs.append((schemas.current(), now))
    if schemas.current() in failing:
        raise RuntimeError("this workspace is broken")


jobs.periodic("tests.once", cron=NEVER)(record)
jobs.periodic("tests.each", cron=NEVER, each_workspace=True)(record)


@pytest.fixture(autouse=True)
def clean(database: None) -> Iterator[None]:
    runs.clear()
    failing.clear()
    yield


def run(name: str) -> None:
    app.tasks[name].func(int(NOW.timestamp()))


class TestPeriodic:
    def test_runs_in_public_with_the_instant_it_was_due(self) -> None:
        run("tests.once")
        assert runs == [("public", NOW)]

    def test_runs_in_each_workspace(self) -> None:
        run("tests.each")
        workspaces = [workspace.schema_name for workspace in accounts.all_workspaces()]
        assert len(workspaces) == 2
        assert sorted(runs) == sorted((schema, NOW) for schema in workspaces)
        assert schemas.current() == "public"

    def test_an_error_is_logged_and_the_others_run(self, caplog: pytest.LogCaptureFixture) -> None:
        first, *_others = schemas.workspace_schemas()
        failing.add(first)
        run("tests.each")
        assert [schema for schema, _now in runs] == schemas.workspace_schemas()
        (entry,) = [entry for entry in caplog.records if entry.name == jobs.log.name]
        assert entry.getMessage() == f"tests.each failed in the schema {first}"
        assert schemas.current() == "public"

    @pytest.mark.django_db(transaction=True)
    def test_a_lost_database_ends_the_run(self) -> None:
        def lose(now: datetime) -> None:
            runs.append((schemas.current(), now))
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        jobs.periodic("tests.lost", cron=NEVER, each_workspace=True)(lose)
        with pytest.raises(OperationalError):
            run("tests.lost")
        assert len(runs) == 1
