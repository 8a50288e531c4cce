"""Reads of notes: those of one author, and who may be named in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quen.apps.contacts.types import ContactRight
from quen.apps.events import queries as events
from quen.apps.events import registry as event_registry
from quen.apps.team import queries as team
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime

    from quen.apps.team.models import Member


def members_to_mention() -> list[Member]:
    """Return the members who may see customers, by name."""
    return [member for member in team.members() if member.can(ContactRight.VIEW)]


def get_own_note(*, contact_id: int, at: datetime, event_id: int, member_id: int | None) -> dict[str, Any]:
    """Return what a note says, for its author. Raises NotFound for anything but a note of this member's."""
    event = events.find_event(at=at, event_id=event_id)
    data: dict[str, Any] = (event.data or {}) if event is not None else {}
    if (
        event is None
        or event.contact_id != contact_id
        or event.kind != event_registry.get("note_added").code
        or member_id is None
        or data.get("member") != member_id
    ):
        raise NotFound()
    return dict(data)
