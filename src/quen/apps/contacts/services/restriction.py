"""Restricting the use of a person's data at their request: kept, but nothing is sent to them (CON-67)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.contacts.services.consent import lock_contact
from quen.apps.events import services as events
from quen.apps.team import services as team

if TYPE_CHECKING:
    from datetime import datetime

    from quen.apps.contacts.models import Contact
    from quen.core.actors import Actor


@transaction.atomic
def restrict_contact(*, contact: Contact, actor: Actor, now: datetime) -> None:
    """Restrict the use of a person's data; nothing happens if it is restricted already. Locks the contact."""
    found = lock_contact(contact)
    if found.restricted_at is None:
        _set(found, now, "contacts.restricted", actor=actor, now=now)


@transaction.atomic
def lift_restriction(*, contact: Contact, actor: Actor, now: datetime) -> None:
    """End the restriction; consent holds as before. Locks the contact."""
    found = lock_contact(contact)
    if found.restricted_at is not None:
        _set(found, None, "contacts.unrestricted", actor=actor, now=now)


def _set(found: Contact, at: datetime | None, kind: str, *, actor: Actor, now: datetime) -> None:
    found.restricted_at, found.updated_at = at, now
    found.save(update_fields=["restricted_at", "updated_at"])
    events.record("contact_changed", contact_id=found.pk, at=now, data={"fields": ["restricted_at"]})
    team.audit(actor, kind, now=now, target=found)
