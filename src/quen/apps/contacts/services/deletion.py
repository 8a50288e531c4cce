"""Deleting, restoring and erasing contacts: three different operations (R-57)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import BulkChange, Contact, ContactSettings
from quen.apps.contacts.rules import erasure
from quen.apps.contacts.services.bulk import bulk_delete
from quen.apps.contacts.services.bulk_undo import restore_deleted
from quen.apps.contacts.types import BulkOutcome, EmailInUse, PhoneInUse
from quen.apps.events import services as events
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


@transaction.atomic
def erase_contacts(*, contacts: Relation, actor: Actor, now: datetime) -> int:
    """Erase contacts for good: record, tags, identities, consent log, events, copies for undo. Returns how many."""
    ids = [
        row[0]
        for row in sql.rows(sql.compose("SELECT contact_id FROM {contacts} p ORDER BY 1", contacts=contacts))
    ]
    chosen = queries.relation_of_ids(ids)
    if ids:
        _remember_erased(chosen, now)
        registry.run_erase_handlers(chosen, now=now)
    events.erase_events(chosen)
    proofs = _proofs(chosen)
    for table in (
        "contacts_contacttag",
        "contacts_contactidentity",
        "contacts_consententry",
        "contacts_bulkchangerow",
    ):
        sql.execute(
            sql.compose(
                "DELETE FROM " + table + " WHERE contact_id IN (SELECT contact_id FROM {contacts} p)",
                contacts=chosen,
            )
        )
    _delete_unused_proofs(proofs)
    erased = sql.execute(
        sql.compose(
            "DELETE FROM contacts_contact WHERE id IN (SELECT contact_id FROM {contacts} p)", contacts=chosen
        )
    )
    if erased:
        team.audit(actor, "contacts.erased", now=now, data={"contacts": erased})
    return erased


def _remember_erased(contacts: Relation, now: datetime) -> None:
    """Keep the keyed hashes of what identifies these contacts, so that nothing but they themselves brings them back."""
    settings, _created = ContactSettings.objects.get_or_create(pk=1)
    outer, inner = erasure.paddings(bytes(settings.erasure_key))
    statement = sql.text("contacts/remember_erased", contacts="{contacts}")
    sql.execute(sql.compose(statement, contacts=contacts, outer=outer, inner=inner, now=now))


def _proofs(contacts: Relation) -> list[int]:
    entries = sql.compose(
        "SELECT DISTINCT proof_id FROM contacts_consententry WHERE proof_id IS NOT NULL"
        " AND contact_id IN (SELECT contact_id FROM {contacts} p)",
        contacts=contacts,
    )
    return [row[0] for row in sql.rows(entries)]


def _delete_unused_proofs(proofs: Sequence[int]) -> None:
    """Delete proofs that no other contact's consent rests on; their text may name the erased contact."""
    sql.execute(
        Relation(
            "DELETE FROM contacts_consentproof p WHERE p.id = ANY(%(proofs)s)"
            " AND NOT EXISTS (SELECT FROM contacts_consententry e WHERE e.proof_id = p.id)",
            {"proofs": list(proofs)},
        )
    )


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
    return erase_contacts(contacts=queries.deleted_before(limit), actor=SYSTEM, now=now)
