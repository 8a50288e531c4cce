"""The only way into the job queue.

``enqueue`` writes the job in the caller's transaction and stores the workspace with it. Rows are the source of truth
and a job is a hint: every task may run twice, and a sweep finds due rows whose job was lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.db import IntegrityError, InterfaceError, OperationalError, connection, connections, transaction
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job, Notification
from procrastinate.manager import JobManager, NotificationCallback
from psycopg_pool import AsyncConnectionPool

from quen.core import clock, job_outcomes, pauses, schemas
from quen.core.database import outage
from quen.core.database.base import PUBLIC
from quen.core.errors import DomainError
from quen.core.job_outcomes import PAUSED_SECONDS, FailureHandler, JobRun

log = logging.getLogger(__name__)
_POLL_SECONDS = 5.0
#: how late a job that has just become due may be seen, and for how long the worker looks for it
_DUE_AGAIN_SECONDS, _DUE_LATELY_SECONDS = 0.05, 1.0
_SPARE_THREADS = 2
#: what somebody waits for; long work on many rows; conversations with mail servers, which may take minutes
INTERACTIVE, BULK, SENDING = QUEUES = "interactive", "bulk", "sending"
#: how long a job waits whose workspace can't be reached
_AWAY_SECONDS = 60
#: a worker writes its heartbeat every ten seconds; one that has not for so long is dead, and its jobs are free
_DEAD_AFTER_SECONDS = 60
Body = Callable[..., None]
PeriodicBody = Callable[[datetime], None]
_on_start: list[Callable[[], None]] = []


class Retry(Exception):
    """Raised by a task that can't go on now: it is queued again to run after ``after_seconds``, unless it is queued."""

    def __init__(self, *, after_seconds: int) -> None:
        super().__init__(after_seconds)
        self.after_seconds = after_seconds


def task(
    name: str,
    *,
    queue: str = INTERACTIVE,
    priority: int = 0,
    failed: FailureHandler | None = None,
    tries: int = 1,
) -> Callable[[Body], Body]:
    """Register a task body under ``app.verb``. It runs in the workspace that enqueued it; a DomainError is logged, not
    retried. While the workspace is paused, or its node can't be reached, the job is queued again every minute.

    priority: of two jobs that wait in a queue the higher one runs first.
    tries: after an unexpected error it is tried again, up to so often; after a deadlock or a lock that took too long
    a few times in any case.
    failed: then ``failed(reference=…, **arguments)`` records it where people look, in a transaction of its own. The
    reference is also in the log.
    """

    def register(body: Body) -> Body:
        def run(
            context: JobContext | None = None, /, *, schema: str, failures: int = 0, **arguments: Any
        ) -> None:
            this = JobRun(name, schema, arguments, failures, context)
            with _own_connection(), schemas.use(schema):
                # After the job is marked as running: a pause either waits for it, or is seen here.
                if schema != PUBLIC and pauses.is_paused(schema):
                    this.put_back(after_seconds=PAUSED_SECONDS, failures=failures)
                    return
                if queue == SENDING and schemas.is_archived(schema):
                    log.info("job %s skipped: the workspace %s is archived", name, schema)
                    return
                try:
                    body(**arguments)
                except (pauses.GiveWay, pauses.WorkspacePaused):
                    this.put_back(after_seconds=PAUSED_SECONDS, failures=failures)
                except DomainError as refusal:
                    log.info("job %s refused: %s", name, refusal.code)
                except Retry as retry:
                    # As a new job: this one could not return to the queue while the same work is queued.
                    enqueue_unique(name, after_seconds=retry.after_seconds, **arguments)
                except Exception as error:
                    if outage.is_node_away(error):
                        log.warning(
                            "job %s waits, %s is out of reach: %s", name, schema, outage.reason(error)
                        )
                        this.put_back(after_seconds=_AWAY_SECONDS, failures=failures)
                    elif outage.is_outage(error):
                        # Without a database, nothing can: rows that are due are found once it is back.
                        if not this.survived(after_seconds=_AWAY_SECONDS):
                            raise
                    elif this.may_try_again(error, tries=tries):
                        this.try_again()
                    else:
                        this.fail(failed)
                        raise

        app.task(name=name, queue=queue, priority=priority, pass_context=True)(run)
        return body

    return register


def periodic(
    name: str, *, cron: str, queue: str = INTERACTIVE, each_workspace: bool = False
) -> Callable[[PeriodicBody], PeriodicBody]:
    """Register a periodic task ``body(now)``; ``now`` is the instant it was due, so a late run does yesterday's work.

    It runs in ``public``, or with each_workspace in the schema of every workspace, one after the other: an exception in
    one is logged with the workspace, and the others still get their turn. So they do when a node can't be reached: its
    workspaces are left out until the next run.
    """

    def register(body: PeriodicBody) -> PeriodicBody:
        def run(timestamp: int) -> None:
            with _own_connection():
                _run_in_schemas(
                    name, body, datetime.fromtimestamp(timestamp, UTC), each_workspace=each_workspace
                )

        app.periodic(cron=cron)(app.task(name=name, queue=queue, pass_context=False, queueing_lock=name)(run))
        return body

    return register


def at_worker_start(name: str, *, each_workspace: bool = False) -> Callable[[PeriodicBody], PeriodicBody]:
    """Register ``body(now)`` to run before a worker's first job, in ``public`` or in every workspace."""

    def register(body: PeriodicBody) -> PeriodicBody:
        _on_start.append(lambda: _run_in_schemas(name, body, clock.now(), each_workspace=each_workspace))
        return body

    return register


def sweep(
    name: str, *, cron: str = "* * * * *", queue: str = INTERACTIVE
) -> Callable[[PeriodicBody], PeriodicBody]:
    """Register ``body(now)`` to find due rows whose job was lost: periodically and at worker start, each workspace."""

    def register(body: PeriodicBody) -> PeriodicBody:
        periodic(name, cron=cron, queue=queue, each_workspace=True)(body)
        at_worker_start(name, each_workspace=True)(body)
        return body

    return register


@contextmanager
def _own_connection() -> Iterator[None]:
    """Return the thread's database connection to the pool at the end: a worker has more threads than connections."""
    try:
        yield
    finally:
        if not connection.in_atomic_block:
            connection.close()


def _run_in_schemas(name: str, body: PeriodicBody, now: datetime, *, each_workspace: bool) -> None:
    if not each_workspace:
        with schemas.use(PUBLIC):
            body(now)
        return

    def run(schema: str) -> None:
        try:
            with pauses.working(schema):
                body(now)
        except (pauses.GiveWay, pauses.WorkspacePaused):
            log.info("%s left out the schema %s, which is paused", name, schema)
        except Exception as error:
            if outage.is_node_away(error):
                raise  # so that no other workspace of this node is tried
            if isinstance(error, (OperationalError, InterfaceError)) and not connection.is_usable():
                raise  # the database is unavailable, so the other workspaces would fail too
            log.exception("%s failed in the schema %s", name, schema)

    for line in schemas.visit(schemas.workspace_schemas(), run).missing():
        log.warning("%s left out what is out of reach: %s", name, line)


def enqueue(name: str, *, lock: str | None = None, **arguments: Any) -> None:
    """Queue a task with plain arguments, in the current transaction and for the current workspace.

    lock: jobs with the same lock run one after the other.
    """
    schema = schemas.current()
    with transaction.atomic():
        app.configure_task(name, lock=lock, allow_unknown=False).defer(schema=schema, **arguments)


def enqueue_unique(name: str, *, after_seconds: int = 0, **arguments: Any) -> bool:
    """Queue a task for the current workspace unless the same one is queued. Return whether it was added.

    For work that rows describe: the queued job will see everything committed before it starts. Call it after the
    commit: two open transactions that call it would wait for each other.
    after_seconds: delays the job, so that more work collects first.
    """
    schema = schemas.current()
    key = job_outcomes.queueing_key(name, schema, arguments)
    try:
        with transaction.atomic():
            later = {"seconds": after_seconds} if after_seconds else None
            task = app.configure_task(name, queueing_lock=key, schedule_in=later, allow_unknown=False)
            task.defer(schema=schema, **arguments)
    except AlreadyEnqueued:
        return False
    return True


_ABANDONED = """
SELECT j.id
  FROM procrastinate_jobs j
  LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
 WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %(seconds)s))
 ORDER BY j.id
"""
_RETURN = """
UPDATE procrastinate_jobs
   SET status = 'todo', worker_id = NULL, scheduled_at = NULL, abort_requested = false, attempts = attempts + 1
 WHERE id = %(id)s AND status = 'doing'
"""
_REMOVE = "DELETE FROM procrastinate_jobs WHERE id = %(id)s AND status = 'doing'"


class _SlowPollConnection(psycopg.AsyncConnection[Any]):
    """Waits for notifications instead of polling ten times a second; an idle worker uses a third less CPU."""

    async def wait(self, gen: Any, interval: float = _POLL_SECONDS, timeout: float | None = None) -> Any:
        return await super().wait(gen, max(interval, _POLL_SECONDS), timeout)


_SECONDS_UNTIL_DUE = """
SELECT extract(epoch FROM min(scheduled_at) - now())::float8 AS seconds
  FROM procrastinate_jobs
 WHERE status = 'todo' AND queue_name = ANY(%(queues)s) AND scheduled_at > now() - make_interval(secs => %(lately)s)
"""


class PunctualJobManager(JobManager):
    """Has a worker look for jobs in the moment when one is due; by itself it would at its next poll, seconds later.

    The worker also forgets what it is told while it looks for a job; it is told again.
    """

    _wake: NotificationCallback | None = None
    _was_told = False
    _timer: asyncio.TimerHandle | None = None
    _waking: asyncio.Task[None] | None = None

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Return the next job; without one, arrange to be asked again when the next one is due."""
        self._was_told = False
        job = await super().fetch_job(queues=queues, worker_id=worker_id)
        if job is None and self._wake is not None:
            seconds = await self.seconds_until_due(queues)
            if self._was_told:
                seconds = 0.0
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
            if seconds is not None and seconds < _POLL_SECONDS:
                delay = max(seconds, _DUE_AGAIN_SECONDS)
                self._timer = asyncio.get_running_loop().call_later(delay, self._look_again)
        return job

    async def seconds_until_due(self, queues: Iterable[str] | None) -> float | None:
        """Return the time until the next job for later is due, negative if it was lately; None without such a job."""
        found = await self.connector.execute_query_one_async(
            query=_SECONDS_UNTIL_DUE, queues=list(queues or QUEUES), lately=_DUE_LATELY_SECONDS
        )
        seconds: float | None = found["seconds"]
        return seconds

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Listen until cancelled, as the worker does."""

        async def tell(*, channel: str, notification: Notification) -> None:
            self._was_told = True
            await on_notification(channel=channel, notification=notification)

        self._wake = on_notification
        await super().listen_for_jobs(on_notification=tell, queues=queues)

    def _look_again(self) -> None:
        if self._wake is not None:
            told = self._wake(channel="", notification={"type": "job_inserted", "job_id": 0})
            self._waking = asyncio.ensure_future(told)


def run_worker(queues: Sequence[str], concurrency: int, *, wait: bool = True) -> None:
    """Run the jobs of these queues. ``wait=False`` returns once they are empty (command line without a server)."""
    return_abandoned_jobs()
    for hook in _on_start:
        hook()
    connection.close()
    asyncio.run(_run_worker(queues, concurrency, wait=wait))


async def _run_worker(queues: Sequence[str], concurrency: int, *, wait: bool) -> None:
    # The loop's own executor has few threads on a small machine, and a job may wait long for a server.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(concurrency + _SPARE_THREADS))
    pool_factory: Any = partial(AsyncConnectionPool, connection_class=_SlowPollConnection)
    worker_app = app.with_connector(PsycopgConnector(pool_factory=pool_factory, kwargs=connector_params()))
    worker_app.job_manager = PunctualJobManager(worker_app.connector)
    # Periodic tasks are queued over the connection of a thread that asgiref keeps: it may be left from a run before.
    await sync_to_async(connections.close_all)()
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            queues=list(queues),
            concurrency=concurrency,
            wait=wait,
            delete_jobs="successful",
            shutdown_graceful_timeout=10,
            install_signal_handlers=wait,
            update_heartbeat_interval=10,
            stalled_worker_timeout=30,
        )


def return_abandoned_jobs() -> int:
    """Queue the jobs again whose worker has died, and return how many. Every task may run twice."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(_ABANDONED, {"seconds": _DEAD_AFTER_SECONDS})
        abandoned = [job_id for (job_id,) in cursor.fetchall()]
        for job_id in abandoned:
            try:
                with transaction.atomic():
                    cursor.execute(_RETURN, {"id": job_id})
            except IntegrityError:
                # The same work is queued already: its job will do it.
                cursor.execute(_REMOVE, {"id": job_id})
    return len(abandoned)


def running_in(schema: str) -> list[str]:
    """Return the names of the jobs that run in a workspace now."""
    return job_outcomes.running_in(schema, dead_after_seconds=_DEAD_AFTER_SECONDS)


def delete_jobs_of(schema: str) -> int:
    """Delete the jobs of a workspace that is being deleted, in the current transaction. Return their number."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args ->> 'schema' = %s", [schema])
        return int(cursor.rowcount)


def unfinished_count() -> int:
    """Return the number of jobs not yet finished, for the status page and tests."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
        return int(cursor.fetchone()[0])


@periodic("jobs.return_abandoned", cron="* * * * *")
def _return_abandoned(_now: datetime) -> None:
    return_abandoned_jobs()


@periodic("jobs.delete_failed", cron="15 18 * * *")
def _delete_failed(now: datetime) -> None:
    job_outcomes.delete_failed(now=now)
