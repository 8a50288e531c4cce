"""Tasks on the overview, and their number in the sidebar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.tasks import presenters, queries
from quen.apps.tasks.types import TaskKind
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OverviewPanelContent
from quen.core.clock import day_end, local_day

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from quen.apps.team.access import WorkspaceRequest

_SHOWN = 6


def end_of_day(request: WorkspaceRequest) -> datetime:
    """Return when the workspace's day ends."""
    zone = request.workspace.zone
    return day_end(local_day(request.now, zone), zone)


def tasks_today(request: WorkspaceRequest) -> OverviewPanelContent | None:
    """Return the member's tasks that are overdue or due today; None without any."""
    until = end_of_day(request)
    tasks = list(queries.due_by(queries.assigned_to(request.member), until).order_by("due_at", "id")[:_SHOWN])
    if not tasks:
        return None
    people, _members = queries.names_of(tasks)
    return OverviewPanelContent(
        title=_("Tasks today"),
        template="tasks/overview.html",
        context={
            "rows": [
                (
                    task,
                    presenters.KIND_ICONS[TaskKind(task.kind)],
                    presenters.due_label(task, request.now),
                    people.get(task.contact_id or 0, ""),
                    workspace_path(f"/tasks/{task.pk}/"),
                )
                for task in tasks
            ]
        },
        href=workspace_path("/tasks/"),
        link=_("See all"),
        flush=True,
    )


def due_count(request: HttpRequest) -> int:
    """Return how many of the member's tasks are overdue or due today."""
    member, workspace = getattr(request, "member", None), getattr(request, "workspace", None)
    if member is None or workspace is None:
        return 0
    return queries.due_count(member, end_of_day(request))  # type: ignore[arg-type]  # it is inside a workspace
