"""Tasks for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.cast import NOW

from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Consent
from quen.apps.tasks import services
from quen.apps.tasks.models import Task
from quen.apps.tasks.types import TaskKind, TaskOrigin, TaskValues
from quen.core.actors import SYSTEM, Actor


def values(**changes: Any) -> TaskValues:
    """Return the values of a task due in two hours."""
    given: dict[str, Any] = {"title": "Gửi báo giá trà", "due_at": NOW + timedelta(hours=2)}
    return TaskValues(**given | changes)


def make_task(
    *,
    actor: Actor = SYSTEM,
    now: datetime = NOW,
    origin: str = TaskOrigin.MEMBER,
    **changes: Any,
) -> Task:
    """Create a task."""
    return services.create_task(values=values(**changes), origin=origin, actor=actor, now=now)


def make_callable(**changes: Any) -> Contact:
    """Return a contact who agreed to advertising calls."""
    return make_contact(**{"consent_call": Consent.GRANTED} | changes)


def make_call(contact: Contact, *, actor: Actor = SYSTEM, now: datetime = NOW, **changes: Any) -> Task:
    """Create an advertising call to a contact, by default due in two hours: at 11:00."""
    given: dict[str, Any] = {"title": "Mời dùng thử trà mới", "kind": TaskKind.CALL, "is_advertising": True}
    return make_task(actor=actor, now=now, contact_id=contact.pk, **given | changes)


def get_task(task_id: int) -> Task:
    """Return a task as it is stored now."""
    return Task.objects.get(pk=task_id)
