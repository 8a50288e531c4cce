"""Progress of long work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from quen.apps.team.models import Member, Progress
from quen.apps.team.types import ProgressState
from quen.core import live


def start_progress(
    *,
    kind: str,
    title: str,
    path: str,
    member: Member | None,
    total: int | None = None,
    data: dict[str, Any] | None = None,
) -> Progress:
    """Open the record of a piece of long work."""
    return Progress.objects.create(
        kind=kind,
        title=title,
        path=path,
        member_id=member.pk if member else None,
        total=total,
        data=data or {},
    )


def advance(
    progress: Progress,
    *,
    done: int,
    now: datetime,
    total: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Record how far long work is; open pages see it on commit."""
    if progress.started_at is None:
        progress.started_at = now
    seconds = (now - progress.started_at).total_seconds()
    progress.done, progress.state = done, ProgressState.RUNNING
    progress.total = progress.total if total is None else total
    progress.rate = done / seconds if seconds > 0 else 0
    progress.data = {**progress.data, **(data or {})}
    progress.save(update_fields=["done", "total", "state", "rate", "started_at", "data"])
    live.announce(f"progress/{progress.pk}", id=progress.pk, done=done, total=progress.total)


def end_progress(
    progress: Progress, *, state: ProgressState, now: datetime, data: dict[str, Any] | None = None
) -> None:
    """Close the record."""
    progress.state, progress.ended_at = state, now
    progress.data = {**progress.data, **(data or {})}
    progress.save(update_fields=["state", "ended_at", "data"])
    live.announce(f"progress/{progress.pk}", id=progress.pk, ended=True)


def ask_to_stop(progress: Progress, *, now: datetime) -> None:
    """Ask long work to stop at its next batch."""
    Progress.objects.filter(pk=progress.pk, ended_at=None).update(stop_asked_at=now)


def stop_asked(progress: Progress) -> bool:
    """Say whether someone asked the work to stop."""
    return Progress.objects.filter(pk=progress.pk, stop_asked_at__isnull=False).exists()
