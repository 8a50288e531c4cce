"""Reads of the events app."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from quen.apps.events import registry
from quen.apps.events.models import Event
from quen.core import sql
from quen.core.sql import Relation


def timeline(
    contact_id: int,
    *,
    groups: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Event]:
    """Return a contact's events, newest first, of all groups or of the given ones, from since to before until."""
    events = Event.objects.filter(contact_id=contact_id).order_by("-at", "-id")
    if groups:
        events = events.filter(kind__in=[kind.code for kind in registry.all_kinds() if kind.group in groups])
    if since is not None:
        events = events.filter(at__gte=since)
    return events.filter(at__lt=until) if until is not None else events


def find_event(*, at: datetime, event_id: int) -> Event | None:
    """Return one event by its key, or None."""
    return Event.objects.filter(at=at, id=event_id).first()


def events_of(contacts: Relation) -> Relation:
    """Return the events of the contacts of a Relation (contact_id): id, contact_id."""
    found = sql.compose(
        "SELECT e.id, e.contact_id FROM events_event e"
        " WHERE e.contact_id IN (SELECT contact_id FROM {contacts} c)",
        contacts=contacts,
    )
    return Relation(found.text, found.params, ("id", "contact_id"))


def order_totals() -> Relation:
    """Return contact_id, spent, orders_count, first_order_at, last_order_at of every contact that ordered or paid."""
    return Relation(
        "SELECT contact_id, coalesce(sum(value) FILTER (WHERE kind = %(paid)s), 0) AS spent,"
        " count(*) FILTER (WHERE kind = %(ordered)s)::int AS orders_count,"
        " min(at) FILTER (WHERE kind = %(ordered)s) AS first_order_at,"
        " max(at) FILTER (WHERE kind = %(ordered)s) AS last_order_at"
        " FROM events_event WHERE kind IN (%(ordered)s, %(paid)s) GROUP BY contact_id",
        {"ordered": registry.get("ordered").code, "paid": registry.get("paid").code},
        ("contact_id", "spent", "orders_count", "first_order_at", "last_order_at"),
    )


def last_activity() -> Relation:
    """Return contact_id and at of every contact's latest action of their own."""
    own = [
        kind.code
        for kind in registry.all_kinds()
        if kind.group not in ("record", "notes") and not kind.by_shop
    ]
    return Relation(
        "SELECT contact_id, max(at) AS at FROM events_event WHERE kind = ANY(%(own)s) GROUP BY contact_id",
        {"own": own},
        ("contact_id", "at"),
    )
