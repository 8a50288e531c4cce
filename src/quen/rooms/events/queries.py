"""Reads of the events room."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from quen.rooms.events import registry
from quen.rooms.events.models import Event


def timeline(contact_id: int, *, groups: Sequence[str] = ()) -> QuerySet[Event]:
    """Give a person's events, newest first, of all groups or the named ones."""
    events = Event.objects.filter(contact_id=contact_id).order_by("-at", "-id")
    if groups:
        events = events.filter(kind__in=[kind.code for kind in registry.all_kinds() if kind.group in groups])
    return events
