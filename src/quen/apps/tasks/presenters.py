"""Tasks as text: when they are due, their kind, who has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from quen.apps.tasks.models import Task
from quen.apps.tasks.types import TaskKind, TaskState
from quen.apps.team.types import Role
from quen.ui.lists import StatusLabel
from quen.ui.tags.filters import day, instant

KIND_ICONS = {
    TaskKind.CALL: "phone",
    TaskKind.MESSAGE: "message-circle",
    TaskKind.MEETING: "handshake",
    TaskKind.OTHER: "square-check-big",
}


def due_text(task: Task) -> str:
    """Return the day a task is due, with the time of day if it has one."""
    return day(task.due_at) if task.is_all_day else instant(task.due_at)


def due_label(task: Task, now: datetime) -> StatusLabel:
    """Return when a task is due, or how it ended, with what is overdue set off."""
    if task.state == TaskState.DONE:
        return StatusLabel(_("Done %(at)s") % {"at": instant(task.ended_at)}, "good", "circle-check")
    if task.state == TaskState.CANCELLED:
        return StatusLabel(_("Cancelled %(at)s") % {"at": instant(task.ended_at)}, "", "ban")
    if task.due_at < now:
        return StatusLabel(due_text(task), "bad", "circle-alert")
    return StatusLabel(due_text(task), "", "clock")


def kind_label(task: Task) -> str:
    """Return the kind of a task; of a call whether it advertises."""
    return _("Advertising call") if task.is_advertising else str(TaskKind(task.kind).label)


def who_label(task: Task, members: Mapping[int, str]) -> str:
    """Return who does a task: a member, anybody of a role, or nobody yet."""
    if task.assignee_id is not None:
        return members.get(task.assignee_id, _("A former member"))
    return _("Anybody: %(role)s") % {"role": Role(task.group).label} if task.group else _("Nobody yet")
