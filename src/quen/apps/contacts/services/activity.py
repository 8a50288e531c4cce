"""What people did in other systems, recorded in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact, ContactIdentity
from quen.apps.contacts.services.totals import touch_activity
from quen.apps.events import services as events
from quen.apps.events.types import NewEvent
from quen.core.actors import Actor
from quen.core.sql import Relation

#: the kind of everything that other systems report under a name of their own
REPORTED: Final = "activity_reported"


@dataclass(frozen=True, slots=True)
class Activity:
    """Something a person did. contact: their id, or (system, value) of what identifies them, as it is stored."""

    name: str
    contact: int | tuple[str, str]
    at: datetime
    value: Any = None
    properties: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def record_activity(*, rows: Sequence[Activity], actor: Actor, now: datetime) -> list[int | None]:
    """Record what people did; return the contact of each row, None where nobody is found. Nobody is created."""
    found = _contacts(rows)
    contact_ids = [found.get(row.contact) for row in rows]
    recorded = [
        NewEvent(
            REPORTED,
            contact_id,
            row.at,
            row.value,
            None,
            {"name": row.name, "properties": row.properties} | actor.as_data(),
        )
        for row, contact_id in zip(rows, contact_ids, strict=True)
        if contact_id is not None
    ]
    events.record_many(recorded)
    if recorded:
        touch_activity(_latest(recorded))
    return contact_ids


def _latest(recorded: Sequence[NewEvent]) -> Relation:
    latest: dict[int, datetime] = {}
    for event in recorded:
        latest[event.contact_id] = max(event.at, latest.get(event.contact_id, event.at))
    return Relation(
        "SELECT * FROM unnest(%(ids)s::bigint[], %(instants)s::timestamptz[]) AS a (contact_id, at)",
        {"ids": list(latest), "instants": list(latest.values())},
        ("contact_id", "at"),
    )


def _contacts(rows: Sequence[Activity]) -> dict[int | tuple[str, str], int]:
    """Return the contacts of rows by what identifies them; one query for each kind of identifier."""
    found: dict[int | tuple[str, str], int] = {}
    ids = {row.contact for row in rows if isinstance(row.contact, int)}
    if ids:
        survivors = queries.survivors(ids)
        wanted = {pk: survivors.get(pk, pk) for pk in ids}
        alive = set(Contact.objects.filter(pk__in=set(wanted.values())).values_list("pk", flat=True))
        found |= {pk: end for pk, end in wanted.items() if end in alive}
    by_system: dict[str, set[str]] = {}
    for row in rows:
        if not isinstance(row.contact, int):
            by_system.setdefault(row.contact[0], set()).add(row.contact[1])
    for system, values in by_system.items():
        identities = ContactIdentity.objects.filter(
            system=system, external_id__in=values, deleted_at=None, contact__deleted_at=None
        )
        found |= {(system, value): pk for value, pk in identities.values_list("external_id", "contact_id")}
        if system in ("phone", "email"):
            main = Contact.objects.filter(**{f"{system}__in": values}).values_list(system, "pk")
            found |= {(system, value): pk for value, pk in main}
    return found
