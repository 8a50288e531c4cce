"""Services of the tasks app."""

from quen.apps.tasks.services.bulk import check_bulk_values, create_tasks, remove_tasks
from quen.apps.tasks.services.calls import (
    begin_call,
    ensure_plannable,
    update_call_hours,
    verdict_now,
    withdraw_call,
)
from quen.apps.tasks.services.people import MERGE_COLUMNS, erase_tasks, merge_tasks, unmerge_tasks
from quen.apps.tasks.services.reminders import send_reminders, skip_due_reminders
from quen.apps.tasks.services.tasks import (
    call_now,
    cancel_task,
    create_task,
    ensure_open,
    finish_task,
    reopen_task,
    take_task,
    update_task,
)

__all__ = [
    "MERGE_COLUMNS",
    "begin_call",
    "call_now",
    "cancel_task",
    "check_bulk_values",
    "create_task",
    "create_tasks",
    "ensure_open",
    "ensure_plannable",
    "erase_tasks",
    "finish_task",
    "merge_tasks",
    "remove_tasks",
    "reopen_task",
    "send_reminders",
    "skip_due_reminders",
    "take_task",
    "unmerge_tasks",
    "update_call_hours",
    "update_task",
    "verdict_now",
    "withdraw_call",
]
