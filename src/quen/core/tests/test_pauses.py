"""Nothing writes to a workspace once its pause has begun, whatever was about to; everything goes on afterwards."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from tests.cast import GOM_VIET, NOW
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.apps.accounts import queries as accounts
from quen.apps.accounts import services
from quen.apps.accounts.types import PauseReason, WorkspaceStillBusy
from quen.apps.team.models import Progress
from quen.core import job_outcomes, jobs, pauses, schemas
from quen.core.database.base import PUBLIC

pytestmark = pytest.mark.django_db(transaction=True)
#: never due during a test run
NEVER = "0 0 29 2 *"
ROUNDS = 100


def write(*, title: str) -> None:
    Progress.objects.create(kind="tests", title=title)


def write_two(*, title: str) -> None:
    write(title=title)
    pauses.give_way()
    write(title=title)


def sweep(_now: datetime) -> None:
    write(title="sweep")


jobs.task("tests.write")(write)
jobs.task("tests.write_two")(write_two)
jobs.periodic("tests.write_each", cron=NEVER, each_workspace=True)(sweep)


def pause(workspace: Any, *, wait_seconds: float = PATIENCE_SECONDS) -> None:
    services.pause_workspace(
        workspace=workspace, reason=PauseReason.MOVING, by="An", now=NOW, wait_seconds=wait_seconds
    )


def resume(workspace: Any) -> None:
    services.resume_workspace(workspace=workspace, by="An", now=NOW)


def written(schema: str) -> int:
    with schemas.use(schema):
        return Progress.objects.filter(kind="tests").count()


def queued() -> list[tuple[str, str | None, bool]]:
    """Return name, lock and "for later" of the queued jobs."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name, lock, scheduled_at > now() FROM procrastinate_jobs"
            " WHERE status = 'todo' AND task_name LIKE 'tests.%%' ORDER BY id",
            [],
        )
        return [(name, lock, bool(later)) for name, lock, later in cursor.fetchall()]


@contextmanager
def claimed(worker_id: int | None = None) -> Iterator[JobContext | None]:
    """Take the next job as a worker does: from the queue to "running", and out of it at the end."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        if worker_id is None:
            cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id")
            worker_id = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id ="
            " (SELECT min(id) FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at <= now(), true)"
            "  AND task_name LIKE 'tests.%%') AND status = 'todo'"
            " RETURNING id, queue_name, lock, queueing_lock, task_name, args",
            [worker_id],
        )
        row = cursor.fetchone()
    if row is None:
        yield None
        return
    job_id, queue, lock, queueing_lock, name, arguments = row
    arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
    job = Job(
        id=job_id, queue=queue, lock=lock, queueing_lock=queueing_lock, task_name=name, task_kwargs=arguments
    )
    yield JobContext(app=app, job=job, start_timestamp=0.0, abort_reason=lambda: None)
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job_id])


def run(context: JobContext) -> None:
    app.tasks[context.job.task_name].func(context, **context.job.task_kwargs)


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run_and_close() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run_and_close)
    thread.start()
    return thread


class TestWorking:
    def test_is_refused_while_paused_and_possible_before_and_after(self, committed_workspace: Any) -> None:
        schema = committed_workspace.schema_name
        with pauses.working(schema):
            write(title="before")
        pause(committed_workspace)
        with pytest.raises(pauses.WorkspacePaused), pauses.working(schema):
            write(title="meanwhile")
        other = accounts.get_workspace(GOM_VIET).schema_name
        with pauses.working(other):
            pass
        resume(committed_workspace)
        with pauses.working(schema):
            write(title="after")
        assert written(schema) == 2

    @pytest.mark.parametrize("in_transaction", [False, True])
    def test_a_pause_waits_for_the_end(self, committed_workspace: Any, in_transaction: bool) -> None:
        from django.db import transaction

        schema = committed_workspace.schema_name
        inside, leave = threading.Event(), threading.Event()

        def work() -> None:
            with schemas.use(schema):
                if in_transaction:
                    # The block ends before the transaction does.
                    with transaction.atomic():
                        with pauses.working(schema):
                            write(title="late")
                        inside.set()
                        leave.wait(PATIENCE_SECONDS)
                else:
                    with pauses.working(schema):
                        inside.set()
                        leave.wait(PATIENCE_SECONDS)
                        write(title="late")

        thread = in_thread(work)
        assert inside.wait(PATIENCE_SECONDS)
        with pytest.raises(WorkspaceStillBusy) as busy:
            pause(committed_workspace, wait_seconds=0.2)
        assert "quen workspace resume tra-sen" in str(busy.value)
        leave.set()
        pause(committed_workspace)
        assert written(schema) == 1
        thread.join()

    def test_a_connection_that_is_given_back_holds_nothing(self, committed_workspace: Any) -> None:
        with pauses.working(committed_workspace.schema_name):
            connection.close()
        in_thread(lambda: pause(committed_workspace)).join()
        assert pauses.is_paused(committed_workspace.schema_name)


class TestJobs:
    def test_a_job_claimed_just_before_is_waited_for_and_put_back(self, committed_workspace: Any) -> None:
        schema = committed_workspace.schema_name
        jobs.enqueue("tests.write", lock="one", title="claimed")
        with claimed() as context:
            assert context is not None
            with pytest.raises(WorkspaceStillBusy) as busy:
                pause(committed_workspace, wait_seconds=0.2)
            assert busy.value.params["running"] == "tests.write"
            run(context)
        pause(committed_workspace)
        assert written(schema) == 0
        assert queued() == [("tests.write", "one", True)]

    def test_goes_on_at_once_when_the_workspace_does(self, committed_workspace: Any) -> None:
        jobs.enqueue("tests.write", title="waits")
        pause(committed_workspace)
        with claimed() as context:
            assert context is not None
            run(context)
        with claimed() as nothing:
            assert nothing is None
        resume(committed_workspace)
        with claimed() as context:
            assert context is not None
            assert "failures" not in context.job.task_kwargs
            run(context)
        assert (written(committed_workspace.schema_name), queued()) == (1, [])

    def test_long_work_gives_way_between_two_batches(self, committed_workspace: Any) -> None:
        schema = committed_workspace.schema_name
        with schemas.use(PUBLIC):
            type(committed_workspace).objects.filter(pk=committed_workspace.pk).update(paused_at=NOW)
        with pytest.raises(pauses.GiveWay):
            write_two(title="two")
        with schemas.use(PUBLIC):
            type(committed_workspace).objects.filter(pk=committed_workspace.pk).update(paused_at=None)
        write_two(title="two")
        assert written(schema) == 3

    def test_one_of_a_dead_worker_is_not_waited_for(self, committed_workspace: Any) -> None:
        jobs.enqueue("tests.write", title="abandoned")
        with claimed():
            with schemas.use(PUBLIC), connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '10 minutes'"
                )
            pause(committed_workspace, wait_seconds=0)

    def test_sweeps_leave_it_out_and_run_elsewhere(self, committed_workspace: Any) -> None:
        pause(committed_workspace)
        app.tasks["tests.write_each"].func(int(NOW.timestamp()))
        assert written(committed_workspace.schema_name) == 0
        assert written(accounts.get_workspace(GOM_VIET).schema_name) == 1
        resume(committed_workspace)
        app.tasks["tests.write_each"].func(int(NOW.timestamp()))
        assert written(committed_workspace.schema_name) == 1


@proof("Nothing writes to a workspace after its pause returned", rounds=ROUNDS)
def test_nothing_writes_after_a_pause_returned(committed_workspace: Any) -> None:
    schema, ended = committed_workspace.schema_name, threading.Event()
    passes = {"pages": 0, "jobs": 0, "sweeps": 0}
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id")
        worker_id = cursor.fetchone()[0]

    def serve_pages() -> None:
        with schemas.use(schema):
            try:
                with pauses.working(schema):
                    write(title="page")
                    write(title="page")
            except pauses.WorkspacePaused:
                pass

    def run_jobs() -> None:
        with schemas.use(schema):
            jobs.enqueue("tests.write_two", title="job")
        with claimed(worker_id) as context:
            if context is not None:
                run(context)

    def run_sweeps() -> None:
        app.tasks["tests.write_each"].func(int(NOW.timestamp()))

    def repeat(name: str, work: Callable[[], None]) -> Callable[[], None]:
        def loop() -> None:
            while not ended.is_set():
                work()
                passes[name] += 1

        return loop

    threads = [
        in_thread(repeat(name, work))
        for name, work in (("pages", serve_pages), ("jobs", run_jobs), ("sweeps", run_sweeps))
    ]

    def let_them_pass(times: int) -> None:
        before = dict(passes)
        while any(passes[name] < before[name] + times for name in passes):
            assert all(thread.is_alive() for thread in threads)
            ended.wait(0.001)

    try:
        for _round in range(scaled(ROUNDS, least=10)):
            let_them_pass(1)
            pause(committed_workspace)
            before = written(schema)
            let_them_pass(3)
            assert written(schema) == before
            resume(committed_workspace)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert written(schema) > 0


class TestFailedJobs:
    def test_are_listed_and_deleted_after_a_month(self, committed_workspace: Any) -> None:
        jobs.enqueue("tests.write", title="x")
        with schemas.use(PUBLIC), connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'tests.write'")
            cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'tests.write'")
            cursor.execute("SELECT now(), now() + interval '31 days', now() + interval '29 days'")
            now, later, sooner = cursor.fetchone()
        (found,) = job_outcomes.failed_jobs(since=NOW)
        assert (found.name, found.schema, found.count) == ("tests.write", committed_workspace.schema_name, 1)
        assert found.last_at <= now
        assert job_outcomes.failed_jobs(since=later) == []
        assert job_outcomes.delete_failed(now=sooner) == 0
        assert job_outcomes.delete_failed(now=later) == 1
