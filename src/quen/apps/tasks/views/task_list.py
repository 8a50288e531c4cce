"""The list of tasks: overdue, today, later, done; and a new task in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.tasks import presenters, queries, services
from quen.apps.tasks.forms import QuickTaskForm, TaskFilterForm
from quen.apps.tasks.panels import end_of_day
from quen.apps.tasks.types import TaskRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.paging import Sort, SortColumn, instant, paginate
from quen.ui.lists import Column, EmptyState, ListTable, Row, Title
from quen.ui.pages import page, refusals_on, success

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from quen.apps.tasks.models import Task

TABS = ("overdue", "today", "later", "done")
_SOONEST_DUE = Sort("due", SortColumn("due_at", instant))
_LATEST_ENDED = Sort("ended", SortColumn("ended_at", instant), descending=True)


@allowed(TaskRight.VIEW)
@require_GET
def task_list(request: WorkspaceRequest) -> HttpResponse:
    """List the member's tasks, or those nobody has, or everybody's; overdue ones first if there are any."""
    return _show(request, QuickTaskForm(zone=request.workspace.zone, now=request.now))


@allowed(TaskRight.EDIT)
@require_POST
def quick_task(request: WorkspaceRequest) -> HttpResponse:
    """Add a task for the member who types it."""
    form = QuickTaskForm(request.POST, zone=request.workspace.zone, now=request.now)
    if form.is_valid():
        with refusals_on(form):
            task = services.create_task(
                values=form.values(contact_id=None, assignee_id=request.member.pk),
                actor=request.actor,
                now=request.now,
            )
            message = _("Task added, due %(due)s.") % {"due": presenters.due_text(task)}
            return success(request, message=message, to=reverse("tasks:task_list"))
    return _show(request, form)


def _show(request: WorkspaceRequest, quick: QuickTaskForm) -> HttpResponse:
    sees_all = request.member.can(TaskRight.VIEW_ALL)
    may_edit = request.member.can(TaskRight.EDIT)
    filters = TaskFilterForm(request.GET, sees_all=sees_all)
    chosen = filters.cleaned_data if filters.is_valid() else {"who": "", "kind": ""}
    tasks = _tasks_of(request, chosen["who"])
    if chosen["kind"]:
        tasks = tasks.filter(kind=chosen["kind"])
    until = end_of_day(request)
    counts = queries.counts(tasks, request.now, until)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ("overdue" if counts.overdue else "today")
    query = [(key, value) for key, value in chosen.items() if value]
    shown = {
        "overdue": queries.overdue(tasks, request.now),
        "today": queries.due_today(tasks, request.now, until),
        "later": queries.due_later(tasks, until),
        "done": queries.ended(tasks),
    }[tab]
    listed = paginate(
        shown,
        sort=_LATEST_ENDED if tab == "done" else _SOONEST_DUE,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    context = {
        "quick": quick,
        "filters": filters,
        "filtered": bool(query),
        "tab": tab,
        "tabs": _tabs(tab, counts, query),
        "here": f"?{urlencode([('tab', tab), *query])}",
        "table": _table(request, listed.rows, listed.links([("tab", tab), *query]), tab, may_edit=may_edit),
        "may_edit": may_edit,
    }
    return page(request, "tasks/list.html", context, part="listing" if request.method == "GET" else None)


def _tasks_of(request: WorkspaceRequest, who: str) -> QuerySet[Task]:
    if who == "all":
        return queries.visible_to(request.member)
    return queries.free_for(request.member) if who == "free" else queries.assigned_to(request.member)


def _tabs(tab: str, counts: queries.TaskCounts, query: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    labels = {
        "overdue": (_("Overdue"), counts.overdue),
        "today": (_("Today"), counts.today),
        "later": (_("Later"), counts.later),
        "done": (_("Done"), None),
    }
    return [
        {"text": text, "href": f"?{urlencode([('tab', key), *query])}", "on": key == tab, "count": count}
        for key, (text, count) in labels.items()
    ]


def _table(
    request: WorkspaceRequest, tasks: Sequence[Task], pager: Mapping[str, Any], tab: str, *, may_edit: bool
) -> ListTable:
    people, members = queries.names_of(tasks)
    empty = {
        "overdue": EmptyState(_("Nothing is overdue"), _("Tasks whose time is over are listed here.")),
        "today": EmptyState(
            _("Nothing left for today"), _("Add a task above, or look at what is due later.")
        ),
        "later": EmptyState(_("Nothing is due later"), _("Tasks due from tomorrow on are listed here.")),
        "done": EmptyState(_("Nothing done yet"), _("Tasks that are done or cancelled are listed here.")),
    }
    return ListTable(
        label=_("Tasks"),
        columns=[
            Column("title", _("Task"), "title", phone="title", width="w-2/5"),
            Column("kind", _("Kind"), min_width=50),
            Column("due", _("Due"), "state", phone="note"),
            Column("who", _("Who does it"), min_width=56),
        ],
        rows=[_row(request, each, people, members, request.now, may_edit=may_edit) for each in tasks],
        empty=empty[tab],
        pager=pager,
    )


def _row(
    request: WorkspaceRequest,
    task: Task,
    people: Mapping[int, str],
    members: Mapping[int, str],
    now: datetime,
    *,
    may_edit: bool,
) -> Row:
    actions = ""
    if may_edit:
        actions = render_to_string(
            "tasks/row_actions.html", {"task": task, "may_take": task.assignee_id is None}, request=request
        )
    return Row(
        [
            Title(task.title, note=people.get(task.contact_id or 0, "")),
            presenters.kind_label(task),
            presenters.due_label(task, now),
            presenters.who_label(task, members),
        ],
        key=task.pk,
        name=task.title,
        href=reverse("tasks:task", args=[task.pk]),
        actions=actions,
    )
