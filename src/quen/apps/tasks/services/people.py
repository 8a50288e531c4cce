"""What happens to tasks when contacts are erased, merged and parted again."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import ContactRows
from quen.apps.tasks.models import AdvertisingCall, Task
from quen.apps.team import services as team
from quen.core import sql
from quen.core.sql import Relation

#: Two tasks of one bulk action would be one too many for its key; no task is lost, and undoing the action leaves them.
_TASKS: Final = ContactRows(model=Task, on_move={"change_id": "NULL::bigint"})
_CALLS: Final = ContactRows(model=AdvertisingCall)
MERGE_COLUMNS: Final = {
    "tasks_task.contact_id": "follows",
    "tasks_advertisingcall.contact_id": "follows",
}


def erase_tasks(erased: Relation, now: datetime) -> None:
    """Erase the tasks about contacts, their calls, and the notifications that name the tasks."""
    for table in ("tasks_advertisingcall", "tasks_task"):
        gone = sql.rows(
            sql.compose(
                f"DELETE FROM {table} WHERE contact_id IN (SELECT contact_id FROM {{erased}} e) RETURNING id",
                erased=erased,
            )
        )
    team.delete_notifications(paths=[f"/tasks/{task_id}/" for (task_id,) in gone])


def merge_tasks(pairs: Relation, now: datetime) -> None:
    """Give the tasks of merged contacts to those that are kept."""
    for rows in (_TASKS, _CALLS):
        contacts.carry_rows(pairs, rows)


def unmerge_tasks(pairs: Relation, now: datetime) -> None:
    """Give them back."""
    for rows in (_TASKS, _CALLS):
        contacts.return_rows(pairs, rows)
