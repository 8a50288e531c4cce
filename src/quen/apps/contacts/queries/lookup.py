"""Contacts by what identifies them, as objects and as Relations."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from quen.apps.contacts.models import Contact, ContactQuerySet
from quen.apps.contacts.queries.merges import merged_ids, survivor_of
from quen.apps.contacts.queries.tags import tags_of_many
from quen.apps.contacts.types import Channel, Status
from quen.core import emails, phones, sql
from quen.core.errors import NotFound
from quen.core.sql import Relation


def get_contact(contact_id: int) -> Contact:
    """Return a contact with its sources; of one that was merged, the contact that was kept.

    Raises NotFound for a deleted one too.
    """
    contacts = Contact.objects.select_related("first_source", "latest_source")
    found = contacts.filter(pk=contact_id).first() or contacts.filter(pk=survivor_of(contact_id)).first()
    if found is None:
        raise NotFound()
    return found


def get_deleted_contact(contact_id: int) -> Contact:
    """Return a deleted contact. Raises NotFound."""
    found = deleted_contacts().filter(pk=survivor_of(contact_id)).first()
    if found is None:
        raise NotFound()
    return found


def find_by_email(email: str) -> Contact | None:
    """Return the contact with a normalised email address."""
    return Contact.objects.filter(email=email).first()


def find_by_phone(e164: str) -> Contact | None:
    """Return the contact with a normalised phone number."""
    return Contact.objects.filter(phone=e164).first()


def find_by_identity(system: str, external_id: str) -> Contact | None:
    """Return the contact that owns an account on a channel, in a shop or in a connected system."""
    return Contact.objects.filter(
        identities__system=system, identities__external_id=external_id, identities__deleted_at=None
    ).first()


def find_by_identifier(raw: str) -> Contact | None:
    """Return the contact with a phone number, an email address or a merchant's customer code, tried in this order."""
    found = None
    try:
        phone = phones.read(raw).e164
        found = find_by_phone(phone) or find_by_identity("phone", phone)
    except ValueError:
        pass
    if found is None:
        try:
            email = emails.read(raw)
            found = find_by_email(email) or find_by_identity("email", email)
        except ValueError:
            pass
    return found or find_by_identity("code", raw.strip())


def find_all_by_identifier(raw: str) -> list[Contact]:
    """Return the contacts, deleted ones too, with a phone, an email, a customer code, or "#" and their id."""
    raw = raw.strip()
    if raw.startswith("#"):
        if not raw[1:].isdecimal():
            return []
        return list(Contact.all_objects.filter(pk=survivor_of(int(raw[1:]))))
    owners = Q(identities__system="code", identities__external_id=raw)
    for column in ("phone", "email"):
        try:
            value = phones.read(raw).e164 if column == "phone" else emails.read(raw)
        except ValueError:
            continue
        owners |= Q(**{column: value}) | Q(identities__system=column, identities__external_id=value)
    return list(Contact.all_objects.filter(owners).exclude(pk__in=merged_ids()).distinct().order_by("id"))


def contacts() -> ContactQuerySet:
    """Return all contacts that are not deleted, in no order."""
    return ContactQuerySet(Contact).alive()


def deleted_contacts() -> QuerySet[Contact]:
    """Return deleted contacts, latest first; one that was merged is none of them."""
    deleted = Contact.all_objects.filter(deleted_at__isnull=False).exclude(pk__in=merged_ids())
    return deleted.order_by("-deleted_at", "-id")


def incomplete_contacts() -> QuerySet[Contact]:
    """Return contacts that lack a required field, latest first."""
    return Contact.objects.filter(incomplete=True).order_by("-created_at", "-id")


def contacts_in_order(ids: Collection[int]) -> list[Contact]:
    """Return contacts with their first source, in the order of ``ids``."""
    found = contacts().select_related("first_source").defer("search", "note").in_bulk(list(ids))
    return [found[contact_id] for contact_id in ids if contact_id in found]


def relation_of_ids(ids: Iterable[int]) -> Relation:
    """Return a Relation of the given contacts, column contact_id."""
    return Relation("SELECT unnest(%(ids)s::bigint[]) AS contact_id", {"ids": list(ids)}, ("contact_id",))


def relation_of(contacts: QuerySet[Contact]) -> Relation:
    """Return a Relation of the contacts of a QuerySet, column contact_id."""
    found = Relation.from_queryset(contacts.order_by().values_list("pk"), ["contact_id"])
    return sql.compose("SELECT contact_id FROM {found} AS found(contact_id)", found=found)


def channel_status(channel: str) -> Relation:
    """Return what decides whether a contact may be written to on a channel, for all contacts, deleted ones too.

    Columns contact_id, address, language, status, consent, deleted_at, restricted_at. The address is the email or the
    phone number; NULL where a channel has neither.
    """
    address = {Channel.EMAIL: "email", Channel.CHAT: "NULL::text", Channel.PUSH: "NULL::text"}
    return Relation(
        f"SELECT id AS contact_id, {address.get(Channel(channel), 'phone')} AS address, language, status,"
        f" consent_{Channel(channel).value} AS consent, deleted_at, restricted_at FROM contacts_contact",
        {},
        ("contact_id", "address", "language", "status", "consent", "deleted_at", "restricted_at"),
    )


def addresses_to_suppress(contacts: Relation, *, column: str) -> list[str]:
    """Return the email addresses or phone numbers of contacts, except those that another contact still has.

    column: "email" or "phone".
    """
    address = {"email": "email", "phone": "phone"}[column]
    statement = sql.text("contacts/addresses_to_suppress", contacts="{contacts}", address=address)
    return [address for (address,) in sql.rows(sql.compose(statement, contacts=contacts))]


def find_including_deleted(contact_id: int) -> Contact | None:
    """Return a contact, deleted or not; of one that was merged, the contact that was kept. None once erased."""
    return Contact.all_objects.filter(pk=survivor_of(contact_id)).first()


def count_contacts(relation: Relation) -> int:
    """Return the number of contacts in a Relation, deleted ones not counted."""
    statement = sql.compose(
        "SELECT count(*) FROM contacts_contact WHERE deleted_at IS NULL"
        " AND id IN (SELECT contact_id FROM {contacts} p)",
        contacts=relation,
    )
    return int(sql.rows(statement)[0][0])


def contacts_as_json(ids: Collection[int]) -> list[dict[str, Any]]:
    """Return contacts as plain values, in the order of ``ids``: for samples, the command line and the API."""
    found = Contact.objects.in_bulk(list(ids))
    tags = tags_of_many(found)
    return [
        {
            "id": contact.pk,
            "name": contact.full_name,
            "phone": contact.phone,
            "email": contact.email,
            "status": Status(contact.status).name.lower(),
            "province": contact.province,
            "tags": tags.get(contact.pk, []),
        }
        for contact in (found[i] for i in ids if i in found)
    ]


def deleted_before(before: datetime) -> Relation:
    """Return a Relation of the contacts deleted before an instant, column contact_id."""
    return Relation(
        "SELECT c.id AS contact_id FROM contacts_contact c WHERE c.deleted_at < %(before)s"
        " AND NOT EXISTS (SELECT 1 FROM contacts_merge m WHERE m.merged_id = c.id AND m.undone_at IS NULL)",
        {"before": before},
        ("contact_id",),
    )
