"""Periodic tasks run in each workspace, jobs for later when they are due; a failure in one does not affect others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import OperationalError, connection
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.jobs import Notification
from tests.cast import NOW
from tests.patience import PATIENCE_SECONDS

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


busy: list[str] = []


def be_busy(*, thing: str) -> None:
    busy.append(thing)
    raise jobs.Retry(after_seconds=60)


jobs.task("tests.busy")(be_busy)


def queued(status: str = "todo") -> list[tuple[str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queueing_lock, scheduled_at IS NOT NULL FROM public.procrastinate_jobs"
            " WHERE task_name = 'tests.busy' AND status::text = %s",
            [status],
        )
        return list(cursor.fetchall())


class TestRetry:
    def test_a_busy_task_is_queued_again_for_later(self, workspace: object) -> None:
        app.tasks["tests.busy"].func(schema=schemas.current(), thing="a")
        assert [later for _lock, later in queued()] == [True]

    def test_a_busy_task_that_is_queued_already_leaves_it_at_that(self, workspace: object) -> None:
        jobs.enqueue_unique("tests.busy", thing="a")
        app.tasks["tests.busy"].func(schema=schemas.current(), thing="a")
        assert [later for _lock, later in queued()] == [False]


class TestAbandonedJobs:
    def abandon(self, *, heartbeat: str | None) -> None:
        """Queue a job and have a worker take it that last gave a sign of life so long ago."""
        jobs.enqueue_unique("tests.busy", thing="a")
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO public.procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id",
                [heartbeat or "0"],
            )
            worker = cursor.fetchone()[0] if heartbeat else None
            cursor.execute(
                "UPDATE public.procrastinate_jobs SET status = 'doing', worker_id = %s"
                " WHERE task_name = 'tests.busy' AND status = 'todo'",
                [worker],
            )

    @pytest.mark.parametrize("heartbeat", [None, "10 minutes"])
    def test_jobs_of_a_dead_worker_are_queued_again(self, workspace: object, heartbeat: str | None) -> None:
        self.abandon(heartbeat=heartbeat)
        assert jobs.return_abandoned_jobs() == 1
        assert len(queued()) == 1
        assert queued("doing") == []

    def test_jobs_of_a_living_worker_are_left_alone(self, workspace: object) -> None:
        self.abandon(heartbeat="5 seconds")
        assert jobs.return_abandoned_jobs() == 0
        assert len(queued("doing")) == 1

    def test_work_that_is_queued_already_is_not_queued_twice(self, workspace: object) -> None:
        self.abandon(heartbeat="10 minutes")
        self.abandon(heartbeat="10 minutes")
        jobs.enqueue_unique("tests.busy", thing="a")
        assert jobs.return_abandoned_jobs() == 2
        assert len(queued()) == 1
        assert queued("doing") == []


class TestDueJobs:
    """No worker polls here: whoever is told is told by the manager."""

    def told(self) -> bool:
        """Do what ``_told`` does in a thread: after a test in the browser this one has a running event loop."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(self._told())).result()

    async def _told(self) -> bool:
        """Look for a job in vain and return whether the worker is told to look again."""
        connector = PsycopgConnector(kwargs=connector_params())
        async with app.with_connector(connector).open_async():
            manager, woken = jobs.PunctualJobManager(connector), asyncio.Event()

            async def wake(*, channel: str, notification: Notification) -> None:
                woken.set()

            worker_id = await manager.register_worker()
            listening = asyncio.create_task(
                manager.listen_for_jobs(on_notification=wake, queues=list(jobs.QUEUES))
            )
            await asyncio.sleep(0)
            assert await manager.fetch_job(queues=list(jobs.QUEUES), worker_id=worker_id) is None
            seconds = await manager.seconds_until_due(jobs.QUEUES)
            if seconds is not None:
                await asyncio.wait_for(woken.wait(), PATIENCE_SECONDS)
            listening.cancel()
            return woken.is_set()

    def test_the_worker_looks_again_when_the_next_job_is_due(self, committed_workspace: object) -> None:
        jobs.enqueue_unique("tests.busy", after_seconds=1, thing="a")
        assert self.told()

    def test_a_worker_without_a_job_for_later_is_left_alone(self, committed_workspace: object) -> None:
        assert not self.told()
