"""Tasks: create, change, take, finish, cancel and open again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from quen.apps.contacts import queries as contacts
from quen.apps.events import services as events
from quen.apps.tasks import queries
from quen.apps.tasks.models import Task
from quen.apps.tasks.services.calls import begin_call, ensure_plannable, withdraw_call
from quen.apps.tasks.types import (
    REMINDERS,
    AdvertisingWithoutCustomer,
    AdvertisingWithoutTime,
    AssigneeUnavailable,
    TaskIsOpen,
    TaskKind,
    TaskNotOpen,
    TaskOrigin,
    TaskRight,
    TaskState,
    TaskTaken,
    TaskValues,
    TitleMissing,
)
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import Role
from quen.core import text
from quen.core.actors import Actor

TITLE_CHARS: Final = 200
RESULT_CHARS: Final = 2_000
#: from 9:00, when members are reminded of an all-day task, to the last minute of the day, when it is due
_ALL_DAY_REMINDER: Final = timedelta(hours=14, minutes=59)


@transaction.atomic
def create_task(*, values: TaskValues, origin: str = TaskOrigin.MEMBER, actor: Actor, now: datetime) -> Task:
    """Create a task and return it.

    Raises TitleMissing, AssigneeUnavailable, NotFound for a contact; of an advertising call also what
    ``ensure_plannable`` raises, AdvertisingWithoutCustomer and AdvertisingWithoutTime.
    """
    columns = columns_of(values, now=now)
    if columns["is_advertising"]:
        _ensure_call(values, now=now)
    task = Task.objects.create(
        **columns,
        origin=origin,
        created_by_id=actor.member_id,
        created_by_name=actor.name,
        created_at=now,
        updated_at=now,
    )
    team.audit(actor, "tasks.created", now=now, target=task, data={"kind": task.kind})
    if task.contact_id is not None:
        data = {"title": task.title, **actor.as_data()}
        events.record("task_created", contact_id=task.contact_id, at=now, ref=task.pk, data=data)
    _notify_assignee(task, actor, now)
    return task


def call_now(*, contact_id: int, title: str, actor: Actor, now: datetime) -> Task:
    """Begin an advertising call to a contact at once, as a task of the caller, and return that.

    Raises what ``create_task`` and ``begin_call`` raise. After a refusal of the latter, of a shop of the same company,
    the task stays, for another day.
    """
    values = TaskValues(
        title=title,
        due_at=now,
        kind=TaskKind.CALL,
        contact_id=contact_id,
        assignee_id=actor.member_id,
        is_advertising=True,
    )
    task = create_task(values=values, actor=actor, now=now)
    begin_call(task=task, actor=actor, now=now)
    return task


@transaction.atomic
def update_task(*, task: Task, values: TaskValues, actor: Actor, now: datetime) -> Task:
    """Change an open task. Raises what ``create_task`` raises, and TaskNotOpen.

    A call whose customer and time stay as they are is not judged again, so that a late one can still be edited.
    """
    task = _locked_open(task)
    before = (task.contact_id, task.due_at, task.is_advertising)
    reminder, assignee = (task.due_at, task.remind_minutes), task.assignee_id
    columns = columns_of(values, now=now)
    if columns["is_advertising"] and (columns["contact_id"], values.due_at, True) != before:
        _ensure_call(values, besides=task.pk, now=now)
    if reminder == (values.due_at, values.remind_minutes):
        columns.pop("remind_at")
    for name, value in columns.items():
        setattr(task, name, value)
    task.updated_at = now
    task.save(update_fields=[*columns, "updated_at"])
    team.audit(actor, "tasks.changed", now=now, target=task, data={"kind": task.kind})
    if task.assignee_id != assignee:
        _notify_assignee(task, actor, now)
    return task


@transaction.atomic
def take_task(*, task: Task, actor: Actor, now: datetime) -> Task:
    """Make the acting member the assignee of a task that nobody has. Raises TaskTaken, TaskNotOpen."""
    task = _locked_open(task)
    if task.assignee_id not in (None, actor.member_id):
        owner = team_queries.members_by_id([task.assignee_id or 0]).get(task.assignee_id or 0)
        raise TaskTaken(name=owner.name if owner else "–")
    member = team_queries.members_by_id([actor.member_id or 0]).get(actor.member_id or 0)
    if member is None or not member.can(TaskRight.EDIT):
        raise AssigneeUnavailable()
    task.assignee_id, task.updated_at = member.pk, now
    task.save(update_fields=["assignee_id", "updated_at"])
    team.audit(actor, "tasks.taken", now=now, target=task, data={"kind": task.kind})
    return task


def finish_task(*, task: Task, result: str = "", actor: Actor, now: datetime) -> Task:
    """Mark a task as done, with what came of it. Raises TaskNotOpen.

    An advertising call that was not begun within 24 hours counts as made now: raises what ``begin_call`` raises.
    Call it outside a transaction, as that.
    """
    if task.is_open and task.is_advertising and queries.recent_call(task, now=now) is None:
        begin_call(task=task, actor=actor, now=now)
    with transaction.atomic():
        task = _locked_open(task)
        task.result = text.clean_lines(result)[:RESULT_CHARS]
        _end(task, TaskState.DONE, actor, now)
        team.audit(actor, "tasks.done", now=now, target=task, data={"kind": task.kind})
        if task.contact_id is not None:
            what = f"{task.title}: {task.result}" if task.result else task.title
            data = {"what": what, **actor.as_data()}
            events.record("task_done", contact_id=task.contact_id, at=now, ref=task.pk, data=data)
    return task


@transaction.atomic
def cancel_task(*, task: Task, actor: Actor, now: datetime) -> Task:
    """Mark a task as not to be done any more. Raises TaskNotOpen."""
    task = _locked_open(task)
    _end(task, TaskState.CANCELLED, actor, now)
    team.audit(actor, "tasks.cancelled", now=now, target=task, data={"kind": task.kind})
    return task


def reopen_task(*, task: Task, actor: Actor, now: datetime) -> Task:
    """Open a task again that is done or cancelled; a call that counted only by being done counts no more.

    Raises TaskIsOpen.
    """
    with transaction.atomic():
        task = Task.objects.select_for_update().get(pk=task.pk)
        if task.is_open:
            raise TaskIsOpen()
        ended_at, was_done = task.ended_at, task.state == TaskState.DONE
        task.state, task.updated_at = TaskState.OPEN, now
        task.ended_at = task.ended_by_id = None
        task.ended_by_name = ""
        task.save(update_fields=["state", "updated_at", "ended_at", "ended_by_id", "ended_by_name"])
        team.audit(actor, "tasks.reopened", now=now, target=task, data={"kind": task.kind})
        if was_done and task.contact_id is not None:
            data = {"title": task.title, **actor.as_data()}
            events.record("task_reopened", contact_id=task.contact_id, at=now, ref=task.pk, data=data)
    if was_done and task.is_advertising:
        withdraw_call(task=task, at=ended_at, actor=actor, now=now)
    return task


def columns_of(values: TaskValues, *, now: datetime) -> dict[str, Any]:
    """Return the columns of a task. Raises TitleMissing, AssigneeUnavailable, NotFound for a contact."""
    title = text.clean(values.title)[:TITLE_CHARS]
    if not title:
        raise TitleMissing()
    if values.assignee_id is not None and values.assignee_id not in {
        member.pk for member in queries.assignable_members()
    }:
        raise AssigneeUnavailable()
    contact = None if values.contact_id is None else contacts.get_contact(values.contact_id)
    kind = TaskKind(values.kind)
    return {
        "title": title,
        "kind": kind.value,
        "contact_id": None if contact is None else contact.pk,
        "assignee_id": values.assignee_id,
        "group": "" if values.assignee_id is not None or not values.group else Role(values.group).value,
        "due_at": values.due_at,
        "is_all_day": values.is_all_day,
        "remind_minutes": values.remind_minutes if values.remind_minutes in REMINDERS else None,
        "remind_at": _remind_at(values, now),
        "is_advertising": values.is_advertising and kind == TaskKind.CALL,
    }


def _remind_at(values: TaskValues, now: datetime) -> datetime | None:
    if values.remind_minutes not in REMINDERS:
        return None
    base = values.due_at - _ALL_DAY_REMINDER if values.is_all_day else values.due_at
    at = base - timedelta(minutes=values.remind_minutes or 0)
    return at if at > now else None


def _ensure_call(values: TaskValues, *, besides: int | None = None, now: datetime) -> None:
    if values.contact_id is None:
        raise AdvertisingWithoutCustomer()
    hours = queries.call_hours()
    if values.is_all_day:
        raise AdvertisingWithoutTime(since=f"{hours.since:%H:%M}", until=f"{hours.until:%H:%M}")
    contact = contacts.get_contact(values.contact_id)
    ensure_plannable(contact_id=contact.pk, at=values.due_at, besides=besides, now=now)


def ensure_open(task: Task) -> None:
    """Raise TaskNotOpen for a task that is done or cancelled."""
    if not task.is_open:
        raise TaskNotOpen(state=str(TaskState(task.state).label))


def _locked_open(task: Task) -> Task:
    """Lock a task until the transaction ends and return it as it is now. Raises TaskNotOpen."""
    locked = Task.objects.select_for_update().get(pk=task.pk)
    ensure_open(locked)
    return locked


def _end(task: Task, state: TaskState, actor: Actor, now: datetime) -> None:
    task.state, task.ended_at, task.updated_at = state, now, now
    task.ended_by_id, task.ended_by_name = actor.member_id, actor.name
    task.save(update_fields=["state", "result", "ended_at", "updated_at", "ended_by_id", "ended_by_name"])


def _notify_assignee(task: Task, actor: Actor, now: datetime) -> None:
    """Notify who was given a task by somebody else."""
    if task.assignee_id is None or task.assignee_id == actor.member_id:
        return
    member = team_queries.members_by_id([task.assignee_id])[task.assignee_id]
    data = {"title": task.title, "by": actor.name, "due": task.due_at.isoformat()}
    team.notify(member, "tasks.assigned", now=now, path=f"/tasks/{task.pk}/", data=data)
