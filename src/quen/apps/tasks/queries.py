"""Reads of the tasks app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet

from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import ExclusionReason, MessageClass
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel
from quen.apps.tasks.models import AdvertisingCall, Task, TaskSettings
from quen.apps.tasks.rules.call_hours import BETWEEN_CALLS, CallHours
from quen.apps.tasks.types import TaskKind, TaskRight, TaskState
from quen.apps.team import queries as team
from quen.core import sql

if TYPE_CHECKING:
    from quen.apps.team.models import Member

CHANNEL = Channel.CALL.value


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many tasks are overdue, still due today, due later."""

    overdue: int
    today: int
    later: int


def visible_to(member: Member) -> QuerySet[Task]:
    """Return the tasks a member may see: their own, those they may take, those about customers; or all of them."""
    if member.can(TaskRight.VIEW_ALL):
        return Task.objects.all()
    return Task.objects.filter(
        Q(assignee_id=member.pk)
        | Q(created_by_id=member.pk)
        | Q(assignee_id=None, group__in=["", member.role])
        | Q(contact_id__isnull=False)
    )


def assigned_to(member: Member) -> QuerySet[Task]:
    """Return the tasks a member has."""
    return Task.objects.filter(assignee_id=member.pk)


def free_for(member: Member) -> QuerySet[Task]:
    """Return the tasks without an assignee that a member may take; all such tasks for who sees everybody's."""
    found = Task.objects.filter(assignee_id=None)
    return found if member.can(TaskRight.VIEW_ALL) else found.filter(group__in=["", member.role])


def overdue(tasks: QuerySet[Task], now: datetime) -> QuerySet[Task]:
    """Return the open tasks whose time is over."""
    return tasks.filter(state=TaskState.OPEN, due_at__lt=now)


def due_today(tasks: QuerySet[Task], now: datetime, day_end: datetime) -> QuerySet[Task]:
    """Return the open tasks that are due in the rest of the day."""
    return tasks.filter(state=TaskState.OPEN, due_at__gte=now, due_at__lt=day_end)


def due_later(tasks: QuerySet[Task], day_end: datetime) -> QuerySet[Task]:
    """Return the open tasks that are due after the day."""
    return tasks.filter(state=TaskState.OPEN, due_at__gte=day_end)


def ended(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Return the tasks that are done or cancelled."""
    return tasks.exclude(state=TaskState.OPEN)


def counts(tasks: QuerySet[Task], now: datetime, day_end: datetime) -> TaskCounts:
    """Return how many open tasks are overdue, due today, due later."""
    found = (
        tasks.filter(state=TaskState.OPEN)
        .order_by()
        .aggregate(
            overdue=Count("pk", filter=Q(due_at__lt=now)),
            today=Count("pk", filter=Q(due_at__gte=now, due_at__lt=day_end)),
            later=Count("pk", filter=Q(due_at__gte=day_end)),
        )
    )
    return TaskCounts(**found)


def due_by(tasks: QuerySet[Task], day_end: datetime) -> QuerySet[Task]:
    """Return the open tasks that are overdue or due before the day ends."""
    return tasks.filter(state=TaskState.OPEN, due_at__lt=day_end)


def due_count(member: Member, day_end: datetime) -> int:
    """Return how many open tasks of a member are overdue or due today."""
    return due_by(assigned_to(member), day_end).order_by().count()


def tasks_of(contact_id: int) -> QuerySet[Task]:
    """Return the tasks about a contact."""
    return Task.objects.filter(contact_id=contact_id)


def count_by_contact(contact_ids: Sequence[int]) -> dict[int, int]:
    """Return how many tasks there are about each of these contacts; those without one are left out."""
    found = Task.objects.filter(contact_id__in=contact_ids).order_by().values_list("contact_id")
    return {contact_id or 0: count for contact_id, count in found.annotate(tasks=Count("pk"))}


def names_of(tasks: Sequence[Task]) -> tuple[dict[int, str], dict[int, str]]:
    """Return the names of the contacts and of the assignees of some tasks, by id; deleted contacts are left out."""
    contact_ids = {task.contact_id for task in tasks if task.contact_id is not None}
    member_ids = {task.assignee_id for task in tasks if task.assignee_id is not None}
    people = contacts.contacts().in_bulk(contact_ids) if contact_ids else {}
    members = team.members_by_id(member_ids) if member_ids else {}
    return {pk: str(each) for pk, each in people.items()}, {pk: each.name for pk, each in members.items()}


def assignable_members() -> list[Member]:
    """Return the members who may be given tasks, by name."""
    return [member for member in team.members() if member.can(TaskRight.EDIT)]


# Advertising calls


def task_settings() -> TaskSettings:
    """Return the settings; unsaved defaults if nobody changed them."""
    return TaskSettings.objects.order_by("pk").first() or TaskSettings()


def call_hours() -> CallHours:
    """Return when the shop makes advertising calls."""
    settings = task_settings()
    return CallHours(settings.call_from, settings.call_until)


def call_permission(contact_id: int, *, now: datetime) -> tuple[str, ExclusionReason | None]:
    """Return the number of a contact, and why it may not be called for advertising; None if it may be.

    The hours and the limit of 24 hours are not looked at.
    """
    found = compliance.eligibility(
        contacts.relation_of_ids([contact_id]),
        channel=CHANNEL,
        message_class=MessageClass.MARKETING,
        now=now,
    )
    [(_contact_id, phone, _language, reason)] = sql.rows(found)
    return phone or "", None if reason is None else ExclusionReason(reason)


def calls_to(phone: str, *, since: datetime) -> list[datetime]:
    """Return when a number was called for advertising, after an instant."""
    if not phone:
        return []
    calls = AdvertisingCall.objects.filter(address_hash=compliance.address_hash(CHANNEL, phone), at__gt=since)
    return list(calls.values_list("at", flat=True))


def planned_calls(contact_id: int, *, besides: int | None = None) -> list[datetime]:
    """Return when advertising calls to a contact are due, that of the task ``besides`` left out."""
    planned = Task.objects.filter(
        contact_id=contact_id, state=TaskState.OPEN, kind=TaskKind.CALL, is_advertising=True
    )
    others = planned if besides is None else planned.exclude(pk=besides)
    return list(others.order_by("due_at").values_list("due_at", flat=True))


def recent_call(task: Task, *, now: datetime) -> AdvertisingCall | None:
    """Return the advertising call made for a task within 24 hours."""
    return AdvertisingCall.objects.filter(task_id=task.pk, at__gt=now - BETWEEN_CALLS).first()


def calls_for(task: Task) -> QuerySet[AdvertisingCall]:
    """Return the advertising calls made for a task, latest first."""
    return AdvertisingCall.objects.filter(task_id=task.pk)
