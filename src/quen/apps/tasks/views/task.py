"""One task: its page and form, and what can be done with it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.contacts import queries as contacts
from quen.apps.tasks import presenters, queries, services
from quen.apps.tasks.access import task_for
from quen.apps.tasks.forms import ResultForm, TaskForm, task_initial
from quen.apps.tasks.models import Task
from quen.apps.tasks.types import TaskOrigin, TaskRight
from quen.apps.team.access import WorkspaceRequest, allowed, ensure, workspace_path
from quen.core.clock import local_day
from quen.core.errors import NotFound
from quen.ui import params
from quen.ui.pages import page, refusals_on, success

CHANGED = "task:changed"


@allowed(TaskRight.EDIT)
@require_http_methods(["GET", "POST"])
def task_new(request: WorkspaceRequest) -> HttpResponse:
    """Create a task with all its fields; ``?contact=`` names its customer."""
    contact = _asked_contact(request)
    form = TaskForm(
        request.POST if request.method == "POST" else None,
        zone=request.workspace.zone,
        contact_id=contact.pk if contact else None,
        initial={
            "day": local_day(request.now, request.workspace.zone),
            "assignee": str(request.member.pk),
        },
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            task = services.create_task(values=form.values(), actor=request.actor, now=request.now)
            message = _("Task added, due %(due)s.") % {"due": presenters.due_text(task)}
            return success(request, message=message, to=_back(task if contact else None))
    context = {"form": form, "contact": contact, "back": _back_link(contact)}
    return page(request, "tasks/new.html", context)


@allowed(TaskRight.VIEW)
@require_http_methods(["GET", "POST"])
def task_page(request: WorkspaceRequest, task_id: int) -> HttpResponse:
    """Show a task, and change it while it is open."""
    task = task_for(request.member, task_id)
    may_edit = request.member.can(TaskRight.EDIT)
    form = None
    if request.method == "POST":
        ensure(request.member, TaskRight.EDIT)
    if task.is_open and may_edit:
        form = TaskForm(
            request.POST if request.method == "POST" else None,
            zone=request.workspace.zone,
            contact_id=task.contact_id,
            initial=task_initial(task, request.workspace.zone),
        )
    if request.method == "POST":
        if form is None:
            services.ensure_open(task)
        elif form.is_valid():
            with refusals_on(form):
                services.update_task(task=task, values=form.values(), actor=request.actor, now=request.now)
                return success(request, message=_("Saved."), to=reverse("tasks:task", args=[task.pk]))
    return page(request, "tasks/task.html", _context(request, task, form))


@allowed(TaskRight.EDIT)
@require_POST
def task_done(request: WorkspaceRequest, task_id: int) -> HttpResponse:
    """Mark a task as done, with its result if one was typed."""
    task = task_for(request.member, task_id)
    form = ResultForm(request.POST)
    result = form.cleaned_data["result"] if form.is_valid() else ""
    services.finish_task(task=task, result=result, actor=request.actor, now=request.now)
    return _respond(request, task, _("Done: %(title)s") % {"title": task.title}, undoable=True)


@allowed(TaskRight.EDIT)
@require_POST
def task_cancel(request: WorkspaceRequest, task_id: int) -> HttpResponse:
    """Mark a task as not to be done any more."""
    task = task_for(request.member, task_id)
    services.cancel_task(task=task, actor=request.actor, now=request.now)
    return _respond(request, task, _("Cancelled: %(title)s") % {"title": task.title}, undoable=True)


@allowed(TaskRight.EDIT)
@require_POST
def task_reopen(request: WorkspaceRequest, task_id: int) -> HttpResponse:
    """Open a task again that is done or cancelled."""
    task = task_for(request.member, task_id)
    services.reopen_task(task=task, actor=request.actor, now=request.now)
    return _respond(request, task, _("Open again: %(title)s") % {"title": task.title})


@allowed(TaskRight.EDIT)
@require_POST
def task_take(request: WorkspaceRequest, task_id: int) -> HttpResponse:
    """Give a task that nobody has to the member who asks for it."""
    task = task_for(request.member, task_id)
    services.take_task(task=task, actor=request.actor, now=request.now)
    return _respond(request, task, _("It's your task now: %(title)s") % {"title": task.title})


@allowed(TaskRight.EDIT)
@require_POST
def task_call(request: WorkspaceRequest, task_id: int) -> HttpResponse:
    """Begin an advertising call: it is counted, and the number is shown."""
    task = task_for(request.member, task_id)
    services.ensure_open(task)
    if not task.is_advertising:
        raise NotFound()
    services.begin_call(task=task, actor=request.actor, now=request.now)
    return success(
        request,
        message=_("Call recorded. Write down what came of it."),
        to=reverse("tasks:task", args=[task.pk]),
        undo=reverse("tasks:task_call_undo", args=[task.pk]),
    )


@allowed(TaskRight.EDIT)
@require_POST
def contact_call(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Begin an advertising call to a customer from their page: it is a task, and counted like any."""
    contact = contacts.get_contact(contact_id)
    task = services.call_now(
        contact_id=contact.pk, title=_("Advertising call"), actor=request.actor, now=request.now
    )
    return success(
        request,
        message=_("Call recorded. Write down what came of it."),
        to=reverse("tasks:task", args=[task.pk]),
        undo=reverse("tasks:task_call_undo", args=[task.pk]),
    )


@allowed(TaskRight.EDIT)
@require_POST
def task_call_undo(request: WorkspaceRequest, task_id: int) -> HttpResponse:
    """Take back a call that was not made."""
    task = task_for(request.member, task_id)
    if not services.withdraw_call(task=task, actor=request.actor, now=request.now):
        raise NotFound()
    return success(request, message=_("The call no longer counts."), to=reverse("tasks:task", args=[task.pk]))


def _respond(request: WorkspaceRequest, task: Task, message: str, *, undoable: bool = False) -> HttpResponse:
    """Answer in place where a list asked, else with the page of the task or its list."""
    undo = reverse("tasks:task_reopen", args=[task.pk]) if undoable else ""
    if "stay" in request.POST or request.headers.get("HX-Request") == "true":
        return success(request, message=message, event=CHANGED, undo=undo)
    to = reverse("tasks:task_list") if undoable else reverse("tasks:task", args=[task.pk])
    return success(request, message=message, to=to, undo=undo)


def _asked_contact(request: WorkspaceRequest) -> Any:
    contact_id = params.positive_int(request.GET.get("contact"))
    return contacts.get_contact(contact_id) if contact_id is not None else None


def _back(task: Task | None) -> str:
    return workspace_path(f"/contacts/{task.contact_id}/") if task else reverse("tasks:task_list")


def _back_link(contact: Any) -> tuple[str, str]:
    if contact is not None:
        return workspace_path(f"/contacts/{contact.pk}/"), str(contact)
    return reverse("tasks:task_list"), _("Tasks")


def _context(request: WorkspaceRequest, task: Task, form: TaskForm | None) -> dict[str, Any]:
    contact = None if task.contact_id is None else contacts.find_including_deleted(task.contact_id)
    _people, members = queries.names_of([task])
    called = queries.calls_for(task).first() if task.is_advertising else None
    may_edit = request.member.can(TaskRight.EDIT)
    is_called = called is not None and queries.recent_call(task, now=request.now) is not None
    verdict = None
    if task.is_open and task.is_advertising and not is_called:
        verdict = services.verdict_now(task, now=request.now)
    return {
        "task": task,
        "form": form,
        "result": ResultForm(),
        "contact": contact,
        "contact_url": workspace_path(f"/contacts/{contact.pk}/")
        if contact is not None and contact.deleted_at is None
        else "",
        "due": presenters.due_label(task, request.now),
        "kind": presenters.kind_label(task),
        "who": presenters.who_label(task, members),
        "origin": TaskOrigin(task.origin).label,
        "may_edit": may_edit,
        "may_take": may_edit and task.is_open and task.assignee_id is None,
        "called": called,
        "is_called": is_called,
        "verdict": verdict,
    }
