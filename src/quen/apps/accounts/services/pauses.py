"""Pause a workspace so that nothing writes to it, and resume it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from quen.apps.accounts import signals
from quen.apps.accounts.models import Workspace
from quen.apps.accounts.security import record_event
from quen.apps.accounts.types import (
    AccountEventKind,
    PauseReason,
    WorkspaceNotPaused,
    WorkspaceStillBusy,
)
from quen.core import job_outcomes, jobs, pauses, schemas
from quen.core.database.base import PUBLIC

if TYPE_CHECKING:
    from quen.apps.accounts.models import User

#: the longest single step of long work is a batch of some seconds; a statement over all contacts may take minutes
WAIT_SECONDS = 600.0
_POLL_SECONDS, _REPORT_SECONDS = 0.1, 2.0


def pause_workspace(
    *,
    workspace: Workspace,
    reason: PauseReason,
    by: str,
    now: datetime,
    user: User | None = None,
    wait_seconds: float = WAIT_SECONDS,
    report: Callable[[str], None] = lambda _line: None,
) -> Workspace:
    """Pause a workspace and wait for what runs in it. Once this returns, nothing writes to it until it is resumed.

    Pages, commands and the API refuse with a sentence, jobs wait, sending stops after its current batch; what comes in
    from outside is stored. A workspace that is paused already keeps its reason; only the waiting is repeated.
    by: who paused it, as the log says it.  report: gets a line about what is waited for, every few seconds.
    Call it outside a transaction. Raises WorkspaceStillBusy; the workspace is paused then all the same.
    """
    with transaction.atomic(), schemas.use(PUBLIC):
        locked = Workspace.objects.select_for_update().get(pk=workspace.pk)
        if locked.paused_at is None:
            locked.paused_at, locked.pause_reason, locked.paused_by = now, reason, by[:120]
            locked.save(update_fields=["paused_at", "pause_reason", "paused_by"])
            data = {"name": locked.name, "slug": locked.slug, "reason": str(reason.value), "by": by}
            record_event(AccountEventKind.WORKSPACE_PAUSED, user=user, now=now, data=data)
    _copy_pause(locked, workspace)
    running = _wait_until_idle(workspace, wait_seconds, report)
    if running:
        raise WorkspaceStillBusy(
            name=workspace.name, slug=workspace.slug, seconds=round(wait_seconds), running=_described(running)
        )
    return workspace


def resume_workspace(
    *, workspace: Workspace, by: str, now: datetime, user: User | None = None, wait_seconds: float = 5.0
) -> Workspace:
    """End a workspace's pause. Its jobs go on at once; what was stored meanwhile is processed before anything is sent.

    Raises WorkspaceNotPaused.
    """
    # Alone, so that an unsubscribe which saw the pause is stored before the first sender looks for it.
    with pauses.alone(workspace.schema_name, seconds=wait_seconds), transaction.atomic(), schemas.use(PUBLIC):
        locked = Workspace.objects.select_for_update().get(pk=workspace.pk)
        if locked.paused_at is None:
            raise WorkspaceNotPaused(name=locked.name)
        locked.paused_at, locked.pause_reason, locked.paused_by = None, "", ""
        locked.save(update_fields=["paused_at", "pause_reason", "paused_by"])
        data = {"name": locked.name, "slug": locked.slug, "by": by}
        record_event(AccountEventKind.WORKSPACE_RESUMED, user=user, now=now, data=data)
        job_outcomes.wake(locked.schema_name)
    signals.workspace_resumed.send(sender=Workspace, workspace_id=locked.pk)
    _copy_pause(locked, workspace)
    return workspace


def still_running(workspace: Workspace) -> str:
    """Return what still runs in a paused workspace, "" once nothing writes to it any more."""
    return _described(_running_in(workspace))


def _copy_pause(source: Workspace, target: Workspace) -> None:
    target.paused_at, target.pause_reason, target.paused_by = (
        source.paused_at,
        source.pause_reason,
        source.paused_by,
    )


def _wait_until_idle(
    workspace: Workspace, wait_seconds: float, report: Callable[[str], None]
) -> Sequence[str]:
    """Return nothing once nobody works in a paused workspace, otherwise what still runs after the time."""
    deadline, reported_at = time.monotonic() + wait_seconds, time.monotonic()
    while True:
        running = _running_in(workspace)
        if not running:
            return []
        if time.monotonic() >= deadline:
            return running
        if time.monotonic() - reported_at >= _REPORT_SECONDS:
            reported_at = time.monotonic()
            report(_("Waiting for: %(running)s") % {"running": _described(running)})
        time.sleep(_POLL_SECONDS)


def _running_in(workspace: Workspace) -> Sequence[str]:
    if running := jobs.running_in(workspace.schema_name):
        return running
    with pauses.alone(workspace.schema_name, seconds=0) as nobody:
        return [] if nobody else [_("a page or a command")]


def _described(running: Sequence[str]) -> str:
    counted = Counter(running)
    return ", ".join(f"{name} (×{count})" if count > 1 else name for name, count in sorted(counted.items()))
