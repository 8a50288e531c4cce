"""Jobs that did not finish: put back to run later, or failed for good, which is recorded where people look."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.job_context import JobContext

from quen.core import schemas
from quen.core.database.base import PUBLIC

log = logging.getLogger(__name__)
#: the code of a failure that nobody expected
UNEXPECTED = "unexpected"
#: called as failed(reference=…, **arguments of the job)
FailureHandler = Callable[..., None]
#: how long a job of a paused workspace waits before it asks again; ``wake`` ends the wait
PAUSED_SECONDS = 60
#: deadlocks and locks that took too long: another try mostly succeeds
_TRIES_OF_TRANSIENT = 5
_RETRY_SECONDS = 30
_FAILED_DAYS = 30


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of a job. context: None when it is called without a worker. failures: how often it failed before."""

    name: str
    schema: str
    arguments: Mapping[str, Any]
    failures: int
    context: JobContext | None

    def put_back(self, *, after_seconds: int, failures: int = 0) -> None:
        """Queue it again as a new job with the same locks, unless the same work is queued already."""
        lock, queueing_lock = None, queueing_key(self.name, self.schema, self.arguments)
        if self.context is not None:
            lock, queueing_lock = self.context.job.lock, self.context.job.queueing_lock or queueing_lock
        again = app.configure_task(
            self.name,
            lock=lock,
            queueing_lock=queueing_lock,
            schedule_in={"seconds": after_seconds},
            allow_unknown=False,
        )
        counted = {"failures": failures} if failures else {}
        with suppress(AlreadyEnqueued), transaction.atomic():
            again.defer(schema=self.schema, **counted, **self.arguments)

    def survived(self, *, after_seconds: int) -> bool:
        """Put it back after an outage; return whether the database took it."""
        log.warning("job %s in %s was interrupted", self.name, self.schema, exc_info=True)
        self._reconnect()
        try:
            self.put_back(after_seconds=after_seconds, failures=self.failures)
        except DatabaseError:
            return False
        return True

    def may_try_again(self, error: Exception, *, tries: int) -> bool:
        """Return whether a run that failed with an unexpected error is to be repeated."""
        allowed = max(tries, _TRIES_OF_TRANSIENT) if isinstance(error, OperationalError) else tries
        return self.failures + 1 < allowed

    def try_again(self) -> None:
        """Put it back after an unexpected error, later each time."""
        failures = self.failures + 1
        log.warning("job %s in %s failed and is tried again", self.name, self.schema, exc_info=True)
        self.put_back(after_seconds=_RETRY_SECONDS * failures, failures=failures)

    def fail(self, handler: FailureHandler | None) -> None:
        """Log the error that is being handled under a reference, and record it by the handler, if there is one."""
        reference = new_reference()
        log.exception("job %s in %s failed, reference %s", self.name, self.schema, reference)
        if handler is None:
            return
        self._reconnect()
        try:
            with transaction.atomic():
                handler(reference=reference, **self.arguments)
        except Exception:
            log.exception("the failure %s of %s could not be recorded", reference, self.name)

    def _reconnect(self) -> None:
        if not connection.in_atomic_block and not connection.is_usable():
            connection.close()


@dataclass(frozen=True, slots=True)
class FailedJobs:
    """Jobs of one kind that failed in a schema."""

    name: str
    schema: str
    count: int
    last_at: datetime


def new_reference() -> str:
    """Return a number by which a failure is found in the log."""
    return secrets.token_hex(4).upper()


def unexpected_text(reference: str) -> str:
    """Return what people read where a job failed, and what to do."""
    text = _(
        "Something went wrong on our side. Try again. If it happens again, give whoever runs Quen the number"
        " %(reference)s; the log has it."
    )
    return text % {"reference": reference}


def queueing_key(name: str, schema: str, arguments: Mapping[str, Any]) -> str:
    """Return what two jobs for the same work have in common."""
    return ":".join([name, schema, *(f"{each}={arguments[each]}" for each in sorted(arguments))])


_RUNNING = """
SELECT j.task_name
  FROM procrastinate_jobs j
  JOIN procrastinate_workers w ON w.id = j.worker_id
 WHERE j.status = 'doing' AND j.args ->> 'schema' = %(schema)s
   AND w.last_heartbeat > now() - make_interval(secs => %(dead_after)s)
 ORDER BY j.task_name
"""
#: events are drained by one kind of job for several consumers, so it is named together with the consumer
_FAILED = """
SELECT concat_ws(' ', j.task_name, j.args ->> 'consumer'), coalesce(j.args ->> 'schema', 'public'), count(*), max(e.at)
  FROM procrastinate_jobs j
  JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'failed'
 WHERE j.status = 'failed' AND e.at > %(since)s
 GROUP BY 1, 2
 ORDER BY 4 DESC, 1, 2
"""
_DELETE_FAILED = """
DELETE FROM procrastinate_jobs j
 WHERE j.status = 'failed'
   AND NOT EXISTS (SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > %(before)s)
"""
_WAKE = """
UPDATE procrastinate_jobs
   SET scheduled_at = NULL
 WHERE status = 'todo' AND args ->> 'schema' = %(schema)s AND scheduled_at < now() + make_interval(secs => %(within)s)
"""


def running_in(schema: str, *, dead_after_seconds: float) -> list[str]:
    """Return the names of a workspace's running jobs. One of a worker without a sign of life for so long is not."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(_RUNNING, {"schema": schema, "dead_after": dead_after_seconds})
        return [name for (name,) in cursor.fetchall()]


def wake(schema: str) -> None:
    """Have the jobs run now that waited for the end of a workspace's pause."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(_WAKE, {"schema": schema, "within": PAUSED_SECONDS})


def failed_jobs(*, since: datetime) -> list[FailedJobs]:
    """Return the jobs that failed for good since an instant, by name and schema, the latest first."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(_FAILED, {"since": since})
        return [FailedJobs(*row) for row in cursor.fetchall()]


def delete_failed(*, now: datetime) -> int:
    """Delete the jobs that failed 30 days ago, with their arguments; return how many."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(_DELETE_FAILED, {"before": now - timedelta(days=_FAILED_DAYS)})
        return int(cursor.rowcount)
