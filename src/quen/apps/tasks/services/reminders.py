"""Reminders: a notification and an email before a task is due, once each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

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
    from quen.apps.accounts.models import Workspace
    from quen.apps.team.models import Member

_BATCH: Final = 100


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
    for task in tasks:
        name = str(people[task.contact_id]) if task.contact_id in people else ""
        for member in _recipients(task, members):
            _remind(task, member, name, workspace, now)
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


def _remind(task: Task, member: Member, name: str, workspace: Workspace, now: datetime) -> None:
    data = {"title": task.title, "due": task.due_at.isoformat(), "all_day": task.is_all_day}
    team.notify(member, "tasks.reminder", now=now, path=f"/tasks/{task.pk}/", data=data)
    with translation.override(workspace.language), timezone.override(workspace.zone):
        due = day(task.due_at) if task.is_all_day else instant(task.due_at)
        subject = _("%(shop)s: %(title)s, due %(due)s") % {
            "shop": workspace.name,
            "title": task.title,
            "due": due,
        }
        lines = [task.title, _("Due: %(due)s") % {"due": due}]
        if name:
            lines.append(_("Customer: %(name)s") % {"name": name})
        lines += ["", f"{settings.BASE_URL}/w/{workspace.slug}/tasks/{task.pk}/"]
        team.email_member(member, subject=subject, text="\n".join(lines))
