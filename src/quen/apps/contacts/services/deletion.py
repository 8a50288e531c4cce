"""Deleting and restoring contacts, and erasing them 30 days later (R-57)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from quen.apps.contacts import queries
from quen.apps.contacts.models import BulkChange, Contact
from quen.apps.contacts.services.bulk import bulk_delete
from quen.apps.contacts.services.bulk_undo import restore_deleted
from quen.apps.contacts.services.erasure import erase_contacts
from quen.apps.contacts.services.feed import delete_old_changes
from quen.apps.contacts.services.merge_undo import end_merges
from quen.apps.contacts.types import BulkOutcome, EmailInUse, PhoneInUse
from quen.apps.team import services as team
from quen.core import phones, sql
from quen.core.actors import SYSTEM, Actor
from quen.core.sql import Relation

RETENTION_DAYS = 30


def delete_contacts(*, ids: Iterable[int], actor: Actor, now: datetime) -> BulkOutcome:
    """Delete the given contacts; they can be restored for 30 days."""
    return bulk_delete(contacts=queries.relation_of_ids(ids), actor=actor, now=now)


@transaction.atomic
def restore_contacts(*, ids: Iterable[int], actor: Actor, now: datetime) -> int:
    """Restore deleted contacts whose phone and email are still free. Returns how many were restored."""
    restored, _left = restore_deleted(queries.relation_of_ids(ids), deleted_at=None, actor=actor, now=now)
    if restored:
        team.audit(actor, "contacts.restored", now=now, data={"contacts": restored})
    return restored


def restore_contact(*, contact: Contact, actor: Actor, now: datetime) -> None:
    """Restore a contact. Raises EmailInUse, PhoneInUse when another contact has its identifier now."""
    if restore_contacts(ids=[contact.pk], actor=actor, now=now):
        return
    other = queries.find_by_phone(contact.phone) if contact.phone else None
    if other is not None and contact.phone:
        raise PhoneInUse(name=str(other), phone=phones.display(contact.phone), contact_id=other.pk)
    other = queries.find_by_email(contact.email) if contact.email else None
    if other is not None:
        raise EmailInUse(name=str(other), email=contact.email, contact_id=other.pk)


def erasure_due_at(contact: Contact) -> datetime:
    """Return the instant from which a deleted contact is erased."""
    return (contact.deleted_at or contact.updated_at) + timedelta(days=RETENTION_DAYS)


def purge_deleted(*, now: datetime) -> int:
    """Erase contacts deleted 30 days ago, and the copies that undo no longer needs. Returns how many."""
    limit = now - timedelta(days=RETENTION_DAYS)
    with transaction.atomic():
        old = BulkChange.objects.filter(at__lt=limit)
        sql.execute(
            Relation(
                "DELETE FROM contacts_bulkchangerow r USING contacts_bulkchange c"
                " WHERE c.id = r.change_id AND c.at < %(limit)s",
                {"limit": limit},
            )
        )
        old.delete()
    end_merges(now=now)
    delete_old_changes(now=now)
    return erase_contacts(contacts=queries.deleted_before(limit), actor=SYSTEM, now=now)
