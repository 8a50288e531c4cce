"""Imports on the overview: those that run, and what waits for a member."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.apps.import_export import access
from quen.apps.import_export.models import Import
from quen.apps.import_export.types import ImportState
from quen.apps.team.access import may_stop, workspace_path
from quen.apps.team.registry import OverviewPanelContent, PendingItem
from quen.ui.tags.filters import day, num

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest

ACTIVE_STATES = (ImportState.WAITING, ImportState.RUNNING)
#: states that only a member's action changes
UNFINISHED_STATES = (ImportState.DRAFT, ImportState.STOPPED, ImportState.FAILED)
#: older ones are no longer brought up
PENDING_DAYS, MAX_PENDING = 14, 3
MAX_ROWS = 4


def imports_in_progress(request: WorkspaceRequest) -> OverviewPanelContent | None:
    """Return the imports that are waiting or running, latest first; None when there are none."""
    kinds = [kind.key for kind in access.kinds_for(request.member)]
    imports = Import.objects.filter(kind__in=kinds, state__in=ACTIVE_STATES)
    found = list(imports.select_related("progress")[:MAX_ROWS])
    if not found:
        return None
    rows = []
    for import_ in found:
        progress = import_.progress
        if progress:
            request.topics.append(f"progress/{progress.pk}")
        stoppable = progress is not None and may_stop(request.member, progress)
        rows.append((import_, workspace_path(f"/imports/{import_.pk}/"), progress, stoppable))
    return OverviewPanelContent(
        title=_("Imports in progress"),
        template="import_export/overview/imports.html",
        context={"rows": rows},
        flush=True,
    )


def pending_imports(request: WorkspaceRequest) -> list[PendingItem]:
    """Return the imports of the last days that are unfinished, or rejected rows; latest first."""
    kinds = [kind.key for kind in access.kinds_for(request.member)]
    since = request.now - timedelta(days=PENDING_DAYS)
    recent = Import.objects.filter(kind__in=kinds, created_at__gte=since)
    unfinished = recent.filter(state__in=UNFINISHED_STATES)[:MAX_PENDING]
    rejected = recent.filter(state=ImportState.DONE, refused__gt=0, retries=None)[:MAX_PENDING]
    return [*map(_unfinished, unfinished), *map(_rejected, rejected)]


def _unfinished(import_: Import) -> PendingItem:
    return PendingItem(
        title=_("The import of “%(file)s” is unfinished") % {"file": import_.filename or "–"},
        text=f"{ImportState(import_.state).label} · {day(import_.created_at)}",
        href=workspace_path(f"/imports/{import_.pk}/"),
        link=_("Continue"),
        icon="file-up",
        tone="bad" if import_.state == ImportState.FAILED else "wait",
    )


def _rejected(import_: Import) -> PendingItem:
    title = ngettext("%(count)s row was rejected", "%(count)s rows were rejected", import_.refused)
    return PendingItem(
        title=title % {"count": num(import_.refused)},
        text=import_.filename,
        href=workspace_path(f"/imports/{import_.pk}/"),
        link=_("Correct"),
        icon="file-x",
    )
