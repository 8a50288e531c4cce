"""Contacts as other systems see them: in the API and in webhooks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from quen.apps.contacts.models import Contact, ContactIdentity, Field
from quen.apps.contacts.queries.feed import versions_of
from quen.apps.contacts.queries.tags import tags_of_many
from quen.apps.contacts.rules.birthdays import stored_birthday
from quen.apps.contacts.types import Channel, Consent, FieldFormat, Status

_PLAIN: Final = (
    "full_name",
    "family_name",
    "middle_name",
    "given_name",
    "call_name",
    "salutation",
    "phone",
    "email",
    "gender",
    "company",
    "language",
    "country",
    "province",
    "city",
    "district",
    "ward",
    "address_line",
    "note",
    "opening_orders",
    "opening_points",
    "orders_count",
    "incomplete",
    "first_order_at",
    "last_order_at",
    "member_since",
    "last_activity_at",
    "created_at",
    "updated_at",
    "restricted_at",
)


def contact_documents(contacts: Sequence[Contact]) -> list[dict[str, Any]]:
    """Return each contact with its version, tags, identifiers and custom fields, in their order; four queries."""
    ids = [contact.pk for contact in contacts]
    versions, tags, identities = versions_of(ids), tags_of_many(ids), _identities(ids)
    fields = {str(each.pk): each for each in Field.objects.filter(archived_at=None)} if contacts else {}
    return [
        _document(contact, fields)
        | identities.get(contact.pk, _no_identities())
        | {"version": versions.get(contact.pk, 0), "tags": tags.get(contact.pk, [])}
        for contact in contacts
    ]


def documents_by_id(ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return those of the contacts that are not deleted, by id."""
    found = list(Contact.objects.filter(pk__in=list(ids)).select_related("first_source").defer("search"))
    return {document["id"]: document for document in contact_documents(found)}


def _document(contact: Contact, fields: dict[str, Field]) -> dict[str, Any]:
    document: dict[str, Any] = {"id": contact.pk} | {name: getattr(contact, name) for name in _PLAIN}
    for name in ("opening_spent", "spent"):
        amount = getattr(contact, name)
        document[name] = None if amount is None else format(amount.normalize(), "f")
    return document | {
        "birth_on": birthday_text(contact),
        "birth_is_lunar": contact.birth_is_lunar,
        "status": Status(contact.status).name.lower(),
        "consents": {channel: Consent(contact.consent(channel)).name.lower() for channel in Channel.values},
        "source": contact.first_source.code if contact.first_source else None,
        "fields": {
            fields[key].key: _custom(fields[key], value)
            for key, value in contact.attrs.items()
            if key in fields
        },
    }


def _custom(field: Field, value: Any) -> Any:
    """Return a custom value; a special day as it is stored: 2015-03-14, --03-14, lunar --08-15."""
    return value if field.format == FieldFormat.SPECIAL_DAY else field.in_words(value)


def birthday_text(contact: Contact) -> str | None:
    """Return a birthday so that it is read back as it is: a whole date as YYYY-MM-DD, another as people write it."""
    born = stored_birthday(contact.birth_on, contact.birth_day, is_lunar=contact.birth_is_lunar)
    if born is None:
        return None
    if contact.birth_on is not None and not contact.birth_is_lunar:
        return contact.birth_on.isoformat()
    return f"{born.typed()} âm lịch" if born.lunar else born.typed()


def _no_identities() -> dict[str, Any]:
    return {"customer_codes": [], "other_phones": [], "other_emails": [], "external_ids": {}}


def _identities(ids: Collection[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    rows = ContactIdentity.objects.filter(contact_id__in=list(ids), deleted_at=None).order_by("id")
    names = {"code": "customer_codes", "phone": "other_phones", "email": "other_emails"}
    for contact_id, system, external_id in rows.values_list("contact_id", "system", "external_id"):
        mine = found.setdefault(contact_id, _no_identities())
        if system in names:
            mine[names[system]].append(external_id)
        else:
            mine["external_ids"].setdefault(system, []).append(external_id)
    return found
