"""Customer codes, further phones and emails, and accounts of contacts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from quen.apps.contacts.models import Contact, ContactIdentity


def identifiers_of(contact: Contact) -> list[tuple[str, str]]:
    """Return all (kind, value) that identify a contact, as ``erased_among`` takes them."""
    found = [(kind, str(value)) for kind in ("phone", "email") if (value := getattr(contact, kind))]
    return [*found, *((each.system, each.external_id) for each in identities_of(contact))]


def identifiers_of_many(ids: Collection[int]) -> dict[int, dict[str, list[str]]]:
    """Return customer codes, further phones and emails by contact id and system, oldest first, in one query."""
    found: dict[int, dict[str, list[str]]] = {}
    rows = ContactIdentity.objects.filter(
        contact_id__in=list(ids), system__in=["code", "phone", "email"], deleted_at=None
    ).order_by("id")
    for contact_id, system, external_id in rows.values_list("contact_id", "system", "external_id"):
        found.setdefault(contact_id, {}).setdefault(system, []).append(external_id)
    return found


def identifiers_of_page(contacts: Sequence[Contact]) -> dict[int, dict[str, list[str]]]:
    """Return the same for the contacts of a page, which keep them: several columns take one query."""
    if any(contact.identifiers is None for contact in contacts):
        found = identifiers_of_many([contact.pk for contact in contacts])
        for contact in contacts:
            contact.identifiers = found.get(contact.pk, {})
    return {contact.pk: contact.identifiers or {} for contact in contacts}


def identities_of(contact: Contact) -> list[ContactIdentity]:
    """Return the contact's accounts in other systems, its customer codes, further phones and emails."""
    return list(ContactIdentity.objects.filter(contact=contact, deleted_at=None).order_by("system", "id"))
