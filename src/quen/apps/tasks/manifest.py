"""What the tasks app declares: the list, its number in the sidebar, panels, events, notifications, a bulk action."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.forms import Form
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.compliance.types import ComplianceRight
from quen.apps.contacts import registry as contacts
from quen.apps.events.types import EventGroup, EventKind, EventPhrases
from quen.apps.manifest import Manifest
from quen.apps.tasks import command_palette, panels, queries, services
from quen.apps.tasks.forms import TaskForm
from quen.apps.tasks.types import TaskKind, TaskRight, TaskState, TaskValues
from quen.apps.team.registry import AuditMessage, OverviewPanel
from quen.apps.team.types import MANAGERS, STAFF, DeclaredRight
from quen.core import clock
from quen.core.actors import Actor
from quen.core.sql import Relation
from quen.ui.nav import NavEntry, NavGroup
from quen.ui.tags.filters import day, instant, num

if TYPE_CHECKING:
    from django.http import QueryDict

    from quen.apps.contacts.models import BulkChange


def _audit(sentence: Any, label: Any) -> AuditMessage:
    """Return the message of an entry about one task: its kind is named, what it says is personal data of somebody."""

    def message(data: Mapping[str, Any]) -> str:
        return str(sentence) % {"kind": TaskKind(data["kind"]).label}

    return AuditMessage(message, label)


def _reminder(data: Mapping[str, Any]) -> str:
    due = parse_datetime(data["due"])
    words = day(due) if data.get("all_day") else instant(due)
    return _now("Reminder: %(title)s, due %(due)s") % {"title": data["title"], "due": words}


def _reminder_many(data: Mapping[str, Any]) -> str:
    text = ngettext("Reminder: %(n)s task is due", "Reminder: %(n)s tasks are due", data["count"])
    return text % {"n": num(data["count"])}


def _assigned(data: Mapping[str, Any]) -> str:
    values = {"title": data["title"], "due": instant(parse_datetime(data["due"]))}
    if not data.get("by"):
        return _now("You have a new task: %(title)s, due %(due)s") % values
    return _now("%(by)s gave you a task: %(title)s, due %(due)s") % (values | {"by": data["by"]})


def _task_events(count: int) -> str:
    return ngettext("%(count)s change of tasks", "%(count)s changes of tasks", count) % {"count": num(count)}


MANIFEST = Manifest(
    pages="tasks/",
    manual_page="tasks",
    rights=(
        DeclaredRight(TaskRight.VIEW, _("View own tasks and those about customers"), STAFF),
        DeclaredRight(TaskRight.EDIT, _("Create, change and finish tasks"), STAFF),
        DeclaredRight(TaskRight.VIEW_ALL, _("View everybody's tasks"), MANAGERS),
    ),
    navigation=(
        NavGroup("tasks", _("Tasks"), "list-todo", 15),
        NavEntry(
            key="tasks",
            label=_("Tasks"),
            icon="list-todo",
            url_name="tasks:task_list",
            group="tasks",
            order=10,
            right=TaskRight.VIEW,
            active_for=("tasks:",),
            shortcut="v",
            count=panels.due_count,
        ),
        NavEntry(
            key="call_hours",
            label=_("Hours of advertising calls"),
            icon="phone",
            url_name="tasks:call_hours",
            group="settings",
            order=64,
            right=ComplianceRight.CONFIGURE,
        ),
    ),
    event_codes=range(1200, 1300),
    event_groups=(EventGroup("tasks", _("Tasks"), "list-todo", 45, condition_group="interaction"),),
    event_kinds=(
        EventKind(
            1200,
            "task_created",
            _("Task created"),
            _("Task created: %(title)s"),
            "list-plus",
            "tasks",
            by_shop=True,
            phrases=EventPhrases(
                _("about whom a task was created"),
                _("about whom no task was ever created"),
                _("about whom no task was created"),
            ),
        ),
        EventKind(
            1201,
            "task_done",
            _("Task done"),
            _("Task done: %(what)s"),
            "square-check-big",
            "tasks",
            by_shop=True,
            phrases=EventPhrases(
                _("about whom a task was done"),
                _("about whom no task was ever done"),
                _("about whom no task was done"),
            ),
        ),
        EventKind(
            1202,
            "task_reopened",
            _("Task opened again"),
            _("Task opened again: %(title)s"),
            "rotate-ccw",
            "tasks",
            by_shop=True,
            phrases=EventPhrases(
                _("about whom a task was opened again"),
                _("about whom no task was ever opened again"),
                _("about whom no task was opened again"),
            ),
        ),
    ),
    audit_messages={
        "tasks.created": _audit(_("Created a task (%(kind)s)"), _("Created a task")),
        "tasks.changed": _audit(_("Changed a task (%(kind)s)"), _("Changed a task")),
        "tasks.taken": _audit(_("Took a task (%(kind)s)"), _("Took a task")),
        "tasks.done": _audit(_("Finished a task (%(kind)s)"), _("Finished a task")),
        "tasks.cancelled": _audit(_("Cancelled a task (%(kind)s)"), _("Cancelled a task")),
        "tasks.reopened": _audit(_("Opened a task again (%(kind)s)"), _("Opened a task again")),
        "tasks.called": AuditMessage(_("Made an advertising call")),
        "tasks.call_withdrawn": AuditMessage(_("Took back an advertising call that was not made")),
        "tasks.hours_changed": AuditMessage(
            _("Advertising calls from %(since)s to %(until)s"), _("Changed the hours of advertising calls")
        ),
        "tasks.created_for_many": AuditMessage(
            lambda data: (
                ngettext(
                    "Created a task for %(n)s customer", "Created tasks for %(n)s customers", data["contacts"]
                )
                % {"n": num(data["contacts"])}
            ),
            _("Created tasks for many customers"),
        ),
    },
    notifications={
        "tasks.reminder": _reminder,
        "tasks.reminder_many": _reminder_many,
        "tasks.assigned": _assigned,
    },
    overview_panels=(OverviewPanel("tasks", 5, TaskRight.VIEW, panels.tasks_today, slot="side"),),
    contact_panels=(
        contacts.ContactPanel(
            "tasks",
            title=_("Tasks"),
            order=5,
            right=TaskRight.VIEW,
            url=lambda contact_id: reverse("tasks:contact_tasks", args=[contact_id]),
        ),
    ),
    command_palette=command_palette.search,
    on_restore=services.skip_due_reminders,
)


def register() -> None:
    """Register what happens when contacts are erased or merged, what is kept about a person, and the bulk action."""
    contacts.on_erase("tasks", services.erase_tasks)
    contacts.on_merge("tasks", services.merge_tasks, services.unmerge_tasks, columns=services.MERGE_COLUMNS)
    contacts.register_merge_figure(contacts.MergeFigure("tasks", _("Tasks"), queries.count_by_contact))
    contacts.register_personal_data("tasks", _("Tasks"), _kept)
    contacts.register_bulk_verb(
        contacts.BulkVerb(
            key="create_tasks",
            label=_("Create a task"),
            right=TaskRight.EDIT,
            audit="tasks.created_for_many",
            apply=_create_for_many,
            undo=_undo_for_many,
            dialog=contacts.BulkDialog(
                icon="list-todo",
                button=_("Create tasks"),
                form=_bulk_form,
                read=_read_bulk_form,
                title=_bulk_title,
                done=_bulk_done,
                skipped=_bulk_skipped,
            ),
        )
    )


def _bulk_title(count: int) -> str:
    text = ngettext("Create a task for %(n)s customer", "Create tasks for %(n)s customers", count)
    return text % {"n": num(count)}


def _bulk_done(count: int) -> str:
    text = ngettext("Created a task for %(n)s customer.", "Created tasks for %(n)s customers.", count)
    return text % {"n": num(count)}


def _bulk_skipped(count: int) -> str:
    text = ngettext(
        "%(n)s customer may not be called for advertising then.",
        "%(n)s customers may not be called for advertising then.",
        count,
    )
    return text % {"n": num(count)}


def _kept(contact_id: int) -> list[dict[str, Any]]:
    return [
        {
            _now("Task"): task.title,
            _now("Kind"): str(TaskKind(task.kind).label),
            _now("Due"): task.due_at.isoformat(),
            _now("State"): str(TaskState(task.state).label),
            _now("Result"): task.result,
        }
        for task in queries.tasks_of(contact_id)
    ]


def _bulk_form(data: QueryDict | None) -> Form:
    return TaskForm(data, zone=timezone.get_current_timezone(), with_contact=False)


def _read_bulk_form(form: Form, _actor: Actor, now: datetime) -> dict[str, Any]:
    values = form.values()  # type: ignore[attr-defined]  # a TaskForm
    services.check_bulk_values(values, now=now)
    return {
        "title": values.title,
        "kind": str(values.kind),
        "due_at": values.due_at.isoformat(),
        "is_all_day": values.is_all_day,
        "assignee_id": values.assignee_id,
        "group": values.group,
        "remind_minutes": values.remind_minutes,
        "is_advertising": values.is_advertising,
    }


def _create_for_many(
    change: BulkChange, selected: Relation, actor: Actor, now: datetime
) -> tuple[int, int, dict[str, int]]:
    names = ("title", "kind", "is_all_day", "assignee_id", "group", "remind_minutes", "is_advertising")
    values = TaskValues(
        **{name: change.data[name] for name in names},
        due_at=parse_datetime(change.data["due_at"]) or clock.now(),
    )
    made = services.create_tasks(selected=selected, values=values, change_id=change.pk, actor=actor, now=now)
    return made.created + sum(made.skipped.values()), made.created, made.skipped


def _undo_for_many(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    removed, kept = services.remove_tasks(change_id=change.pk, actor=actor, now=now)
    return removed, {"changed_since": kept} if kept else {}
