"""Progress records of long-running operations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from quen.apps.team import queries
from quen.apps.team.models import Progress
from quen.apps.team.services.notifications import notify
from quen.apps.team.types import NothingToRetry, ProgressState
from quen.core import jobs, live
from quen.core.actors import Actor


def start_progress(
    *,
    kind: str,
    title: str,
    path: str,
    actor: Actor,
    total: int | None = None,
    data: dict[str, Any] | None = None,
) -> Progress:
    """Create the progress record of an operation, waiting to run. path: where its page is, inside the workspace."""
    return Progress.objects.create(
        kind=kind,
        title=title,
        path=path,
        member_id=actor.member_id,
        total=total,
        data=data or {},
    )


def update_progress(
    progress: Progress,
    *,
    done: int,
    now: datetime,
    total: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Save how many of the total are done; open pages show it after the commit."""
    if progress.started_at is None:
        progress.started_at = now
    seconds = (now - progress.started_at).total_seconds()
    progress.done, progress.state = done, ProgressState.RUNNING
    progress.total = progress.total if total is None else total
    progress.rate = done / seconds if seconds > 0 else 0
    progress.data = {**progress.data, **(data or {})}
    progress.save(update_fields=["done", "total", "state", "rate", "started_at", "data"])
    live.publish(f"progress/{progress.pk}", id=progress.pk, done=done, total=progress.total)


def end_progress(
    progress: Progress, *, state: ProgressState, now: datetime, data: dict[str, Any] | None = None
) -> None:
    """Save that the operation ended, and how."""
    progress.state, progress.ended_at = state, now
    progress.data = {**progress.data, **(data or {})}
    progress.save(update_fields=["state", "ended_at", "data"])
    live.publish(f"progress/{progress.pk}", id=progress.pk, ended=True)


def fail_progress(
    progress: Progress, *, reference: str, job: str, arguments: Mapping[str, Any], now: datetime
) -> None:
    """Save that the job of an operation ended with an unexpected error, and notify who started it.

    reference: the number in the log.  job, arguments: what ``retry_progress`` enqueues. Nothing if it has ended.
    """
    if progress.is_ended:
        return
    data = {"reference": reference, "job": job, "arguments": dict(arguments)}
    end_progress(progress, state=ProgressState.FAILED, now=now, data=data)
    member = queries.members().filter(pk=progress.member_id or 0).first()
    if member is not None:
        path = progress.path or f"/progress/{progress.pk}/"
        notify(member, "team.operation_failed", now=now, path=path, data={"title": progress.title})


@transaction.atomic
def retry_progress(progress: Progress) -> None:
    """Run the job of a failed operation again; it goes on after what was done. Raises NothingToRetry."""
    locked = Progress.objects.select_for_update().get(pk=progress.pk)
    if not locked.can_retry:
        raise NothingToRetry()
    job, arguments = locked.data.pop("job"), locked.data.pop("arguments")
    locked.data.pop("reference")
    locked.state, locked.ended_at, locked.stop_requested_at = ProgressState.WAITING, None, None
    locked.save(update_fields=["state", "ended_at", "stop_requested_at", "data"])
    live.publish(f"progress/{locked.pk}", id=locked.pk)
    jobs.enqueue(job, **arguments)


def request_stop(progress: Progress, *, now: datetime) -> None:
    """Ask an operation to stop after its current batch; an ended one is left alone."""
    Progress.objects.filter(pk=progress.pk, ended_at=None).update(stop_requested_at=now)


def stop_requested(progress: Progress) -> bool:
    """Return whether a user asked the operation to stop. Reads the database."""
    return Progress.objects.filter(pk=progress.pk, stop_requested_at__isnull=False).exists()
