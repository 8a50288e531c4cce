"""Queries of the contacts app."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from quen.apps.contacts.consent_log import ConsentLogFilter as ConsentLogFilter
from quen.apps.contacts.consent_log import FileOrigin as FileOrigin
from quen.apps.contacts.consent_log import answer_time as answer_time
from quen.apps.contacts.consent_log import consent_log as consent_log
from quen.apps.contacts.consent_log import consent_log_rows as consent_log_rows
from quen.apps.contacts.consent_log import file_origin as file_origin
from quen.apps.contacts.consent_log import ground_of as ground_of
from quen.apps.contacts.demographics import AGE_BANDS as AGE_BANDS
from quen.apps.contacts.demographics import ChannelReach as ChannelReach
from quen.apps.contacts.demographics import Demographics as Demographics
from quen.apps.contacts.demographics import channel_reach as channel_reach
from quen.apps.contacts.demographics import demographics as demographics
from quen.apps.contacts.export import as_csv as as_csv
from quen.apps.contacts.export import export_rows as export_rows
from quen.apps.contacts.models import (
    BulkChange,
    ConsentEntry,
    Contact,
    ContactIdentity,
    ContactQuerySet,
    ContactSettings,
    ContactTag,
    ErasedIdentifier,
    Field,
    Source,
    Tag,
)
from quen.apps.contacts.rules import erasure
from quen.apps.contacts.rules.identifiers import search_beginnings
from quen.apps.contacts.types import BulkAction, Channel, Consent, FieldFormat, Status
from quen.core import emails, phones, sql, text
from quen.core.errors import NotFound
from quen.core.sql import Relation

#: number of tags suggested at most
SUGGESTED_TAGS = 300


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag with the number of contacts that have it, deleted ones not counted."""

    id: int
    name: str
    description: str
    contact_count: int


def get_contact(contact_id: int) -> Contact:
    """Return a contact with its sources. Raises NotFound for a deleted one too."""
    found = Contact.objects.select_related("first_source", "latest_source").filter(pk=contact_id).first()
    if found is None:
        raise NotFound()
    return found


def get_deleted_contact(contact_id: int) -> Contact:
    """Return a deleted contact. Raises NotFound."""
    found = Contact.all_objects.filter(pk=contact_id, deleted_at__isnull=False).first()
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
        return list(Contact.all_objects.filter(pk=raw[1:])) if raw[1:].isdecimal() else []
    owners = Q(identities__system="code", identities__external_id=raw)
    for column in ("phone", "email"):
        try:
            value = phones.read(raw).e164 if column == "phone" else emails.read(raw)
        except ValueError:
            continue
        owners |= Q(**{column: value}) | Q(identities__system=column, identities__external_id=value)
    return list(Contact.all_objects.filter(owners).distinct().order_by("id"))


def search(contacts: QuerySet[Contact], query: str) -> QuerySet[Contact]:
    """Return the contacts in whose name, phone, email, company or address each term begins some word.

    Those whose customer code, further phone or further email begins with the whole text are found too.
    """
    by_words = Q()
    for term in text.search_terms(query):
        by_words &= Q(search__contains=f" {term}")
    ids = found_by_identity(query)
    return contacts.filter(by_words | Q(pk__in=ids) if ids else by_words)


def found_by_identity(query: str) -> list[int]:
    """Return the ids of contacts with an identity that begins with a search text; none when it begins too many.

    A beginning that thousands of codes share, as "KH0", tells nothing; the complete code still finds its contact.
    """
    beginnings = search_beginnings(query)
    if not beginnings:
        return []
    escaped = [text.escape_like(beginning) for beginning in beginnings]
    found = _with_identity_like([f"{beginning}%" for beginning in escaped])
    if len(found) > MAX_FOUND_BY_IDENTITY:
        found = _with_identity_like(escaped)
    return sorted(set(found))


MAX_FOUND_BY_IDENTITY = 1_000


def _with_identity_like(patterns: list[str]) -> list[int]:
    # One comparison per pattern: LIKE ANY would not use the index.
    params: dict[str, Any] = {f"pattern{number}": pattern for number, pattern in enumerate(patterns)}
    where = " OR ".join(f"external_id LIKE %({name})s" for name in params)
    statement = (
        "SELECT contact_id FROM contacts_contactidentity"
        f" WHERE deleted_at IS NULL AND ({where}) LIMIT %(limit)s"
    )
    params["limit"] = MAX_FOUND_BY_IDENTITY + 1
    return [contact_id for (contact_id,) in sql.rows(Relation(statement, params))]


def contacts() -> ContactQuerySet:
    """Return all contacts that are not deleted, in no order."""
    return ContactQuerySet(Contact).alive()


def deleted_contacts() -> QuerySet[Contact]:
    """Return deleted contacts, latest first."""
    return Contact.all_objects.filter(deleted_at__isnull=False).order_by("-deleted_at", "-id")


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

    Columns contact_id, address, language, status, consent, deleted_at. The address is the email or the phone number;
    NULL where a channel has neither.
    """
    address = {Channel.EMAIL: "email", Channel.CHAT: "NULL::text", Channel.PUSH: "NULL::text"}
    return Relation(
        f"SELECT id AS contact_id, {address.get(Channel(channel), 'phone')} AS address, language, status,"
        f" consent_{Channel(channel).value} AS consent, deleted_at FROM contacts_contact",
        {},
        ("contact_id", "address", "language", "status", "consent", "deleted_at"),
    )


def addresses_to_suppress(contacts: Relation, *, column: str) -> list[str]:
    """Return the email addresses or phone numbers of contacts, except those that another contact still has.

    column: "email" or "phone".
    """
    address = {"email": "email", "phone": "phone"}[column]
    statement = sql.text("contacts/addresses_to_suppress", contacts="{contacts}", address=address)
    return [address for (address,) in sql.rows(sql.compose(statement, contacts=contacts))]


def find_including_deleted(contact_id: int) -> Contact | None:
    """Return a contact, deleted or not; None when it has been erased."""
    return Contact.all_objects.filter(pk=contact_id).first()


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


# Erased people


def erased_among(identifiers: Relation) -> Relation:
    """Return a Relation of those identifiers that belong to erased people, columns row and kind (CON-68).

    identifiers: columns row (any number), kind ("phone", "email", or the system of an identity, as "code") and value,
    normalised as contacts store it. An identifier that a contact has again is not among them.
    """
    columns = ("row", "kind")
    if not ErasedIdentifier.objects.exists():
        return Relation("SELECT NULL::bigint AS row, NULL::text AS kind WHERE false", {}, columns)
    outer, inner = erasure.paddings(bytes(contact_settings().erasure_key))
    statement = sql.text("contacts/erased_among", identifiers="{identifiers}")
    found = sql.compose(statement, identifiers=identifiers, outer=outer, inner=inner)
    return Relation(found.text, found.params, columns)


def erased_identifiers(identifiers: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those (kind, value) that belong to erased people; see ``erased_among``."""
    pairs = list(identifiers)
    given = Relation(
        "SELECT * FROM unnest(%(rows)s::bigint[], %(kinds)s::text[], %(values)s::text[]) AS i(row, kind, value)",
        {
            "rows": list(range(len(pairs))),
            "kinds": [kind for kind, _value in pairs],
            "values": [value for _kind, value in pairs],
        },
        ("row", "kind", "value"),
    )
    return [pairs[row] for row, _kind in sql.rows(erased_among(given))] if pairs else []


def age_field_id() -> int | None:
    """Return the number field with the age of contacts whose date of birth is unknown, if one is set (R-04)."""
    field = contact_settings().age_field
    usable = field is not None and field.archived_at is None and field.format == FieldFormat.NUMBER
    return field.pk if field is not None and usable else None


def identifiers_of(contact: Contact) -> list[tuple[str, str]]:
    """Return all (kind, value) that identify a contact, as ``erased_among`` takes them."""
    found = [(kind, str(value)) for kind in ("phone", "email") if (value := getattr(contact, kind))]
    return [*found, *((each.system, each.external_id) for each in identities_of(contact))]


def contact_settings() -> ContactSettings:
    """Return the workspace's settings of contacts; unsaved defaults when nothing was ever set."""
    return ContactSettings.objects.select_related("age_field").order_by("pk").first() or ContactSettings()


# Tags


def tags_with_counts() -> list[TagRow]:
    """Return every tag with its number of contacts, by name."""
    counts = Count("taggings", filter=Q(taggings__contact__deleted_at=None))
    rows = Tag.objects.annotate(contacts=counts).values_list("pk", "name", "description", "contacts")
    return sorted((TagRow(*row) for row in rows), key=lambda row: text.fold(row.name))


def tag_names(query: str = "") -> list[str]:
    """Return tags whose name contains the query, accents ignored; by name, at most SUGGESTED_TAGS."""
    folded = text.fold(text.clean(query))
    names = Tag.objects.values_list("name", flat=True)
    return sorted((name for name in names if folded in text.fold(name)), key=text.fold)[:SUGGESTED_TAGS]


def tags_of(contact: Contact) -> list[Tag]:
    """Return a contact's tags by name."""
    return sorted(
        Tag.objects.filter(taggings__contact=contact), key=lambda tag: (text.fold(tag.name), tag.pk)
    )


def tags_of_many(ids: Collection[int]) -> dict[int, list[str]]:
    """Return tag names by contact id, in one query."""
    found: dict[int, list[str]] = {}
    for contact_id, name in ContactTag.objects.filter(contact_id__in=list(ids)).values_list(
        "contact_id", "tag__name"
    ):
        found.setdefault(contact_id, []).append(name)
    return {contact_id: sorted(names, key=text.fold) for contact_id, names in found.items()}


def get_tag(tag_id: int) -> Tag:
    """Return a tag. Raises NotFound."""
    tag = Tag.objects.filter(pk=tag_id).first()
    if tag is None:
        raise NotFound()
    return tag


def find_tags(names: Collection[str]) -> dict[str, Tag]:
    """Return tags by upper-case name, matched regardless of case.

    Compared in Python, not by the server: a server with the C locale does not change the case of accented letters.
    """
    upper_names = {name.upper() for name in names}
    found = {tag.name.upper(): tag for tag in Tag.objects.order_by("-id")}
    return {upper: tag for upper, tag in found.items() if upper in upper_names}


# Fields


def active_fields() -> list[Field]:
    """Return the custom fields in use, by position."""
    return list(Field.objects.filter(archived_at=None))


def archived_fields() -> list[Field]:
    """Return archived custom fields."""
    return list(Field.objects.exclude(archived_at=None))


def field_names() -> dict[int, str]:
    """Return the names of all custom fields by id, archived ones included."""
    return dict(Field.objects.values_list("pk", "name"))


def get_field(field_id: int) -> Field:
    """Return a custom field. Raises NotFound."""
    found = Field.objects.filter(pk=field_id).first()
    if found is None:
        raise NotFound()
    return found


def count_values(field: Field) -> int:
    """Return the number of contacts with a value in a custom field, deleted ones included."""
    return Contact.all_objects.filter(attrs__has_key=str(field.pk)).count()


def value_counts() -> dict[int, int]:
    """Return the number of contacts with a value, by field id."""
    statement = Relation(
        "SELECT key::bigint, count(*) FROM contacts_contact, jsonb_object_keys(attrs) AS key"
        " WHERE deleted_at IS NULL AND attrs <> '{}' GROUP BY key"
    )
    return dict(sql.rows(statement))


# Sources


def active_sources() -> QuerySet[Source]:
    """Return the sources in use, by name."""
    return Source.objects.filter(active=True).order_by("name", "id")


def sources_with_counts() -> list[tuple[Source, int]]:
    """Return every source with the number of contacts that first came from it."""
    counts = dict(
        Contact.objects.order_by()
        .exclude(first_source=None)
        .values_list("first_source")
        .annotate(contacts=Count("pk"))
        .values_list("first_source", "contacts")
    )
    return [(source, counts.get(source.pk, 0)) for source in Source.objects.order_by("-active", "name", "id")]


def find_source(code: str) -> Source | None:
    """Return a source by its code."""
    return Source.objects.filter(code=code).first()


def get_source(source_id: int) -> Source:
    """Return a source. Raises NotFound."""
    found = Source.objects.filter(pk=source_id).first()
    if found is None:
        raise NotFound()
    return found


# Consent, identities, changes


def consent_entries(contact: Contact) -> list[ConsentEntry]:
    """Return a contact's consent entries with their proofs, newest first."""
    return list(ConsentEntry.objects.filter(contact=contact).select_related("proof"))


def consent_before_block(contact: Contact, channel: str) -> Consent:
    """Return the consent that was valid before the current block."""
    entry = (
        ConsentEntry.objects.filter(contact=contact, channel=channel)
        .exclude(consent=Consent.BLOCKED)
        .order_by("-at", "-id")
        .first()
    )
    return Consent(entry.consent) if entry else Consent.NEVER_ASKED


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


def get_change(change_id: int) -> BulkChange:
    """Return a bulk change. Raises NotFound."""
    change = BulkChange.objects.filter(pk=change_id).first()
    if change is None:
        raise NotFound()
    return change


def latest_bulk_change(member_id: int, *, since: datetime, more_than: int) -> BulkChange | None:
    """Return a member's latest change of more than ``more_than`` contacts that can still be undone."""
    return (
        BulkChange.objects.filter(member_id=member_id, at__gte=since, undone_at=None, count__gt=more_than)
        .exclude(action=BulkAction.IMPORT)
        .order_by("-at", "-id")
        .first()
    )


def deleted_before(before: datetime) -> Relation:
    """Return a Relation of the contacts deleted before an instant, column contact_id."""
    return Relation(
        "SELECT id AS contact_id FROM contacts_contact WHERE deleted_at < %(before)s",
        {"before": before},
        ("contact_id",),
    )
