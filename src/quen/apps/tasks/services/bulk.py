"""One task for each of many contacts: for a selection in the list, and for automations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import ExclusionReason, MessageClass
from quen.apps.events import services as events
from quen.apps.tasks import queries
from quen.apps.tasks.models import Task
from quen.apps.tasks.queries import CHANNEL
from quen.apps.tasks.rules.call_hours import BETWEEN_CALLS, next_permitted
from quen.apps.tasks.services.tasks import columns_of
from quen.apps.tasks.types import (
    AdvertisingWithoutTime,
    BulkTasks,
    CallInThePast,
    OutsideCallHours,
    TaskOrigin,
    TaskState,
    TaskValues,
)
from quen.apps.team import services as team
from quen.core import sql
from quen.core.actors import Actor
from quen.core.sql import Relation
from quen.ui.tags.filters import instant


def check_bulk_values(values: TaskValues, *, now: datetime) -> None:
    """Raise what keeps these values from being a task of anybody; who may be called is decided for each contact."""
    if not columns_of(values, now=now)["is_advertising"]:
        return
    hours = queries.call_hours()
    words = {"since": f"{hours.since:%H:%M}", "until": f"{hours.until:%H:%M}"}
    if values.is_all_day:
        raise AdvertisingWithoutTime(**words)
    if values.due_at < now:
        raise CallInThePast(next=instant(next_permitted(now, hours=hours, calls=())))
    if not hours.include(values.due_at):
        raise OutsideCallHours(**words, next=instant(hours.next_from(values.due_at)))


@transaction.atomic
def create_tasks(
    *,
    selected: Relation,
    values: TaskValues,
    change_id: int | None = None,
    origin: str = TaskOrigin.MEMBER,
    actor: Actor,
    now: datetime,
) -> BulkTasks:
    """Create a task for each contact of a Relation (column contact_id); of values, contact_id is not used.

    change_id: contacts with a task of this change get no second one, so it may run twice.
    Of advertising calls, contacts who may not be called then are skipped, by reason.
    """
    columns: dict[str, Any] = columns_of(values, now=now)
    chosen, skipped = selected, dict[str, int]()
    if columns["is_advertising"]:
        check_bulk_values(values, now=now)
        chosen, skipped = _callable_contacts(selected, values, now)
    created = sql.rows(
        sql.compose(
            sql.text("tasks/create_tasks"),
            contacts=chosen,
            change=change_id,
            origin=str(origin),
            created_by_id=actor.member_id,
            created_by_name=actor.name,
            now=now,
            **{name: value for name, value in columns.items() if name != "contact_id"},
        )
    )
    about = Relation(
        "SELECT * FROM unnest(%(contacts)s::bigint[], %(tasks)s::bigint[]) AS t (contact_id, ref)",
        {"contacts": [row[1] for row in created], "tasks": [row[0] for row in created]},
        ("contact_id", "ref"),
    )
    if created:
        data = {"title": columns["title"], **actor.as_data()}
        events.record_relation("task_created", about, at=now, data=data)
    return BulkTasks(len(created), skipped)


def _callable_contacts(
    selected: Relation, values: TaskValues, now: datetime
) -> tuple[Relation, dict[str, int]]:
    """Return the contacts who may be called when the task is due, and the number of the others by reason."""
    judged = compliance.eligibility(
        selected,
        channel=CHANNEL,
        message_class=MessageClass.MARKETING,
        now=now,
        capped=_called_around(values.due_at, now),
    )
    refused = sql.rows(
        sql.compose(
            "WITH judged AS MATERIALIZED (SELECT contact_id, reason FROM {judged} j)"
            " SELECT reason, count(*) FROM judged WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason",
            judged=judged,
        )
    )
    chosen = sql.compose("SELECT contact_id FROM {judged} j WHERE reason IS NULL", judged=judged)
    skipped = {ExclusionReason(reason).name.lower(): count for reason, count in refused}
    return Relation(chosen.text, chosen.params, ("contact_id",)), skipped


def _called_around(due_at: datetime, now: datetime) -> Relation:
    """Return the contacts with an advertising call, made or planned, within 24 hours of an instant."""
    return Relation(
        "SELECT contact_id FROM tasks_task WHERE state = %(open)s AND is_advertising AND contact_id IS NOT NULL"
        " AND due_at > %(after)s AND due_at < %(before)s"
        " UNION ALL SELECT contact_id FROM tasks_advertisingcall WHERE at > %(after)s AND at > %(made)s",
        {
            "open": TaskState.OPEN.value,
            "after": due_at - BETWEEN_CALLS,
            "before": due_at + BETWEEN_CALLS,
            "made": now - BETWEEN_CALLS,
        },
        ("contact_id",),
    )


@transaction.atomic
def remove_tasks(*, change_id: int, actor: Actor, now: datetime) -> tuple[int, int]:
    """Delete the open tasks of a change; return how many, and how many are kept because they are ended."""
    tasks = Task.objects.filter(change_id=change_id)
    gone = list(tasks.filter(state=TaskState.OPEN).values_list("pk", flat=True))
    tasks.filter(pk__in=gone).delete()
    team.delete_notifications(paths=[f"/tasks/{task_id}/" for task_id in gone])
    return len(gone), tasks.count()
