"""Tasks in the command palette: the member's open ones by their words, and the form of a new one."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from quen.apps.tasks import queries
from quen.apps.tasks.presenters import due_text
from quen.apps.tasks.types import TaskRight, TaskState
from quen.core.text import fold

_MAX_FOUND, _MAX_SEARCHED = 5, 300


def search(*, member: Any, query: str) -> list[dict[str, str]]:
    """Return the member's open tasks with all the words in their title, due soonest first."""
    words = fold(query).split()
    if not member.can(TaskRight.VIEW) or not words:
        return []
    tasks = queries.assigned_to(member).filter(state=TaskState.OPEN).order_by("due_at", "id")
    found = [task for task in tasks[:_MAX_SEARCHED] if all(word in fold(task.title) for word in words)]
    offered = [
        {
            "title": task.title,
            "hint": due_text(task),
            "icon": "list-todo",
            "href": reverse("tasks:task", args=[task.pk]),
        }
        for task in found[:_MAX_FOUND]
    ]
    title = _("New task")
    if member.can(TaskRight.EDIT) and fold(query).strip() in fold(title):
        offered.append({"title": title, "hint": "", "icon": "plus", "href": reverse("tasks:task_new")})
    return offered
