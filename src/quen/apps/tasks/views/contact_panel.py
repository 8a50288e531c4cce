"""The panel of a contact's page: what is to be done about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.contacts import queries as contacts
from quen.apps.tasks import presenters, queries, services
from quen.apps.tasks.forms import QuickTaskForm
from quen.apps.tasks.types import TaskKind, TaskRight, TaskState
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.ui.pages import page, refusals_on, wants_part
from quen.ui.toasts import Toast, add_hx_trigger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quen.apps.contacts.models import Contact
    from quen.apps.tasks.models import Task

TEMPLATE = "tasks/contact_panel.html"
_SHOWN = 20


@allowed(TaskRight.VIEW)
@require_GET
def contact_tasks(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show the open tasks about a contact, and the ended ones folded away."""
    contact = contacts.get_contact(contact_id)
    form = QuickTaskForm(zone=request.workspace.zone, now=request.now)
    return page(request, TEMPLATE, _context(request, contact, form), part="panel")


@allowed(TaskRight.EDIT)
@require_POST
def contact_task_new(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Add a task about a contact for the member who types it."""
    contact = contacts.get_contact(contact_id)
    form = QuickTaskForm(request.POST, zone=request.workspace.zone, now=request.now)
    task = None
    if form.is_valid():
        with refusals_on(form):
            task = services.create_task(
                values=form.values(contact_id=contact.pk, assignee_id=request.member.pk),
                actor=request.actor,
                now=request.now,
            )
    if task is None:
        return page(request, TEMPLATE, _context(request, contact, form), part="panel")
    form = QuickTaskForm(zone=request.workspace.zone, now=request.now)
    response = page(request, TEMPLATE, _context(request, contact, form), part="panel")
    if wants_part(request):
        message = _("Task added, due %(due)s.") % {"due": presenters.due_text(task)}
        add_hx_trigger(response, toast=Toast(text=message), event="contact:changed")
    return response


def _context(request: WorkspaceRequest, contact: Contact, form: QuickTaskForm) -> dict[str, Any]:
    tasks = queries.tasks_of(contact.pk)
    shown = list(tasks.filter(state=TaskState.OPEN).order_by("due_at", "id")[:_SHOWN])
    ended = list(queries.ended(tasks).order_by("-ended_at", "-id")[:_SHOWN])
    _people, members = queries.names_of([*shown, *ended])

    def lines(found: Sequence[Task]) -> list[tuple[Any, ...]]:
        return [
            (
                task,
                presenters.KIND_ICONS[TaskKind(task.kind)],
                presenters.due_label(task, request.now),
                presenters.who_label(task, members),
            )
            for task in found
        ]

    return {
        "contact": contact,
        "contact_url": workspace_path(f"/contacts/{contact.pk}/"),
        "form": form,
        "open": lines(shown),
        "ended": lines(ended),
        "new_url": f"{reverse('tasks:task_new')}?contact={contact.pk}",
        "may_edit": request.member.can(TaskRight.EDIT),
    }
