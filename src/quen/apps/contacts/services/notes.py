"""Notes of staff on the timeline: events of their own kind, never edited, deleted only by their author."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import EmptyNote
from quen.apps.events import queries as event_queries
from quen.apps.events import services as events
from quen.core import text
from quen.core.actors import Actor
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime


NOTE_CHARS = 4_000


@transaction.atomic
def add_note(*, contact: Contact, body: str, actor: Actor, now: datetime) -> None:
    """Add a note to the timeline. Raises EmptyNote."""
    body = text.clean_lines(body)[:NOTE_CHARS]
    if not body:
        raise EmptyNote()
    data = {"text": body, "by": actor.name, "member": actor.member_id}
    events.record("note_added", contact_id=contact.pk, at=now, data=data)


@transaction.atomic
def delete_note(*, contact: Contact, event_id: int, at: datetime, actor: Actor) -> None:
    """Delete one of the actor's own notes. Raises NotFound for anything else."""
    event = event_queries.find_event(at=at, event_id=event_id)
    is_own = (
        event is not None
        and event.contact_id == contact.pk
        and (event.data or {}).get("member") == actor.member_id
    )
    if not is_own:
        raise NotFound()
    events.delete_event(at=at, event_id=event_id)
