"""Reminders: a notification and an email before a task is due, once each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries as contacts
from quen.apps.tasks.models import Task
from quen.apps.tasks.types import TaskRight, TaskState
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.ui.tags.filters import day, instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quen.apps.accounts.models import Workspace
    from quen.apps.team.models import Member

#: tasks of one transaction, and those named in one email
_BATCH, _NAMED = 1_000, 20


def send_reminders(*, now: datetime) -> int:
    """Remind of the open tasks whose reminder is due, and return how many. Safe to repeat and to run twice at once."""
    sent = 0
    while batch := _send_batch(now):
        sent += batch
    return sent


@transaction.atomic
def _send_batch(now: datetime) -> int:
    # Reminder, email and "reminded" are one transaction: a crash leaves all of it or nothing.
    tasks = list(
        Task.objects.select_for_update(skip_locked=True)
        .filter(state=TaskState.OPEN, remind_at__lte=now)
        .order_by("remind_at", "id")[:_BATCH]
    )
    if not tasks:
        return 0
    members = [member for member in team_queries.members() if member.can(TaskRight.VIEW)]
    people = contacts.contacts().in_bulk({task.contact_id for task in tasks if task.contact_id is not None})
    workspace = accounts.current_workspace()
    due_tasks: dict[int, list[Task]] = {}
    for task in tasks:
        for member in _recipients(task, members):
            due_tasks.setdefault(member.pk, []).append(task)
    names = {pk: str(person) for pk, person in people.items()}
    for member in members:
        if member.pk in due_tasks:
            _remind(member, due_tasks[member.pk], names, workspace, now)
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(remind_at=None)
    return len(tasks)


def skip_due_reminders(*, now: datetime) -> None:
    """Send no reminder that was due before: those of a restored backup have been sent by now."""
    Task.objects.filter(state=TaskState.OPEN, remind_at__lte=now).update(remind_at=None)


def _recipients(task: Task, members: list[Member]) -> list[Member]:
    """Return who has the task, else everybody of its group, else who created it."""
    assigned = [member for member in members if member.pk == task.assignee_id]
    group = [member for member in members if task.assignee_id is None and member.role == task.group]
    return assigned or group or [member for member in members if member.pk == task.created_by_id]


def _remind(
    member: Member, tasks: list[Task], names: Mapping[int, str], workspace: Workspace, now: datetime
) -> None:
    """Remind a member of one task, or of several at once: a bulk action may have given them hundreds."""
    with translation.override(workspace.language), timezone.override(workspace.zone):
        lines = [_line(task, names) for task in tasks[:_NAMED]]
        values = {"shop": workspace.name, "task": lines[0], "count": len(tasks)}
        if len(tasks) == 1:
            kind, path = "tasks.reminder", f"/tasks/{tasks[0].pk}/"
            data: dict[str, Any] = {
                "title": tasks[0].title,
                "due": tasks[0].due_at.isoformat(),
                "all_day": tasks[0].is_all_day,
            }
            subject = _("%(shop)s: %(task)s") % values
        else:
            kind, path, data = "tasks.reminder_many", "/tasks/", {"count": len(tasks)}
            subject = _("%(shop)s: %(count)s tasks are due") % values
            if len(tasks) > _NAMED:
                lines.append("…")
        link = f"{settings.BASE_URL}/w/{workspace.slug}{path}"
        team.notify(member, kind, now=now, path=path, data=data)
        team.email_member(member, subject=subject, text="\n".join([*lines, "", link]))


def _line(task: Task, names: Mapping[int, str]) -> str:
    values = {
        "title": task.title,
        "due": day(task.due_at) if task.is_all_day else instant(task.due_at),
        "name": names.get(task.contact_id or 0, ""),
    }
    return (_("%(title)s, %(name)s, due %(due)s") if values["name"] else _("%(title)s, due %(due)s")) % values
