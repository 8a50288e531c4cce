"""Which tasks a member reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quen.apps.tasks import queries
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from quen.apps.tasks.models import Task
    from quen.apps.team.models import Member


def task_for(member: Member, task_id: int) -> Task:
    """Return a task that a member may see. Raises NotFound."""
    found = queries.visible_to(member).filter(pk=task_id).first()
    if found is None:
        raise NotFound()
    return found
