"""Deleting, bringing back and erasing people: three different acts (R-57)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import Change, Contact
from quen.apps.contacts.services.sets import delete_many
from quen.apps.contacts.services.undoing import bring_back
from quen.apps.contacts.types import BulkOutcome, EmailInUse, PhoneInUse
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core import phones, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Member

KEPT_DAYS = 30


def delete_contacts(*, ids: Iterable[int], actor: Member, now: datetime) -> BulkOutcome:
    """Delete chosen people; they can be brought back for 30 days."""
    return delete_many(people=queries.people(ids), actor=actor, now=now)


@transaction.atomic
def restore_contacts(*, ids: Iterable[int], actor: Member, now: datetime) -> int:
    """Bring deleted people back; give how many. Those whose phone or mail somebody else has now stay deleted."""
    restored, _left = bring_back(queries.people(ids), deleted_at=None, actor=actor, now=now)
    if restored:
        team.log_action(actor, "contacts.restored", now=now, data={"people": restored})
    return restored


def restore_contact(*, contact: Contact, actor: Member, now: datetime) -> None:
    """Bring one person back. Raises EmailInUse, PhoneInUse when somebody else has their identifier now."""
    if restore_contacts(ids=[contact.pk], actor=actor, now=now):
        return
    other = queries.find_by_phone(contact.phone) if contact.phone else None
    if other is not None and contact.phone:
        raise PhoneInUse(name=str(other), phone=phones.display(contact.phone), contact_id=other.pk)
    other = queries.find_by_email(contact.email) if contact.email else None
    if other is not None:
        raise EmailInUse(name=str(other), email=contact.email, contact_id=other.pk)


def erased_on(contact: Contact) -> datetime:
    """Give the instant from which a deleted person is erased."""
    return (contact.deleted_at or contact.updated_at) + timedelta(days=KEPT_DAYS)


@transaction.atomic
def erase_contacts(*, people: Relation, actor: Member | None, now: datetime) -> int:
    """Erase people for good: record, tags, accounts, ledger, events, copies kept for undo. Gives how many."""
    ids = [
        row[0] for row in sql.rows(sql.compose("SELECT contact_id FROM {people} p ORDER BY 1", people=people))
    ]
    chosen = queries.people(ids)
    if ids:
        registry.tell_before_erasing(chosen, now=now)
    events.erase_events(chosen)
    for table in (
        "contacts_contacttag",
        "contacts_contactidentity",
        "contacts_consententry",
        "contacts_changerow",
    ):
        sql.execute(
            sql.compose(
                "DELETE FROM " + table + " WHERE contact_id IN (SELECT contact_id FROM {people} p)",
                people=chosen,
            )
        )
    erased = sql.execute(
        sql.compose(
            "DELETE FROM contacts_contact WHERE id IN (SELECT contact_id FROM {people} p)", people=chosen
        )
    )
    if erased:
        team.log_action(actor, "contacts.erased", now=now, data={"people": erased})
    return erased


def purge_deleted(*, now: datetime) -> int:
    """Erase who was deleted 30 days ago, and the copies that undo no longer needs."""
    limit = now - timedelta(days=KEPT_DAYS)
    with transaction.atomic():
        old = Change.objects.filter(at__lt=limit)
        sql.execute(
            Relation(
                "DELETE FROM contacts_changerow r USING contacts_change c"
                " WHERE c.id = r.change_id AND c.at < %(limit)s",
                {"limit": limit},
            )
        )
        old.delete()
    return erase_contacts(people=queries.overdue_deleted(limit), actor=None, now=now)
