"""Erasing contacts for good, with every trace of them (R-57)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import Contact, ContactIdentity, ContactSettings, ErasedIdentifier
from quen.apps.contacts.services.feed import note_erased
from quen.apps.contacts.services.files import erase_files
from quen.apps.contacts.services.merge_forgetting import forget_merges_of
from quen.apps.contacts.types import ErasureReason
from quen.apps.events import services as events
from quen.apps.import_export import services as import_export
from quen.apps.ingest import services as ingest
from quen.apps.team import services as team
from quen.core import emails, jobs, keyed_hash, phones, schemas, sql
from quen.core.actors import Actor
from quen.core.sql import Relation
from quen.core.text import clean, fold

_CELL_PARTS: Final = re.compile(r"[,;/|\n]+")
_MIN_PHONE_DIGITS: Final = 8
#: texts are searched for so many people at most; what is found of more is found by the hashes, the rest expires
_MAX_NAMED: Final = 1_000
_RETRY_SECONDS: Final = 300
_ALL_IDENTIFIERS: Final = Relation(
    "SELECT id AS row, 'phone' AS kind, phone AS value FROM contacts_contact WHERE phone IS NOT NULL"
    " UNION ALL SELECT id, 'email', email FROM contacts_contact WHERE email IS NOT NULL"
    " UNION ALL SELECT contact_id, system, external_id FROM contacts_contactidentity",
    {},
    ("row", "kind", "value"),
)


def erase_contact(*, contact: Contact, reason: str, actor: Actor, now: datetime) -> None:
    """Erase one person for good, deleted or not. reason: an ErasureReason; the audit log keeps it, without the name."""
    erase_contacts(
        contacts=queries.relation_of_ids([contact.pk]), reason=ErasureReason(reason), actor=actor, now=now
    )


@transaction.atomic
def erase_contacts(
    *, contacts: Relation, reason: str = ErasureReason.DELETED, actor: Actor, now: datetime
) -> int:
    """Erase contacts for good with every trace of them; only keyed hashes of what identified them are kept.

    Every app erases its own data at once. The stored files of imports are read by a job, because they may be long.
    Returns the number of contacts.
    """
    ids = [
        row[0]
        for row in sql.rows(sql.compose("SELECT contact_id FROM {contacts} p ORDER BY 1", contacts=contacts))
    ]
    if not ids:
        return 0
    # Those who were merged into them are the same people; nobody brings them back by undoing the merge.
    ids = sorted({*ids, *queries.merges_into(ids)})
    forget_merges_of(ids)
    chosen = queries.relation_of_ids(ids)
    _remember_erased(chosen, now)
    _erase_from_imports(ids, chosen)
    if len(ids) <= _MAX_NAMED:
        texts = [_national(address) for address in _addresses(chosen)]
        ingest.erase(workspace_id=accounts.current_workspace().pk, texts=texts)
    registry.run_erase_handlers(chosen, now=now)
    events.erase_events(chosen)
    erase_files(chosen)
    team.delete_notifications(paths=[f"/contacts/{pk}/" for pk in ids])
    proofs = _proofs(chosen)
    for table in (
        "contacts_contacttag",
        "contacts_contactidentity",
        "contacts_contactaddress",
        "contacts_consententry",
        "contacts_bulkchangerow",
        "contacts_editsheetrow",
        "contacts_editsheetcell",
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
    note_erased(chosen)
    if erased:
        data = {"contacts": erased, "reason": str(reason)}
        team.audit(actor, "contacts.erased", now=now, data=data)
    return erased


@transaction.atomic
def erase_again(*, known_in: str, actor: Actor, now: datetime) -> int:
    """Erase the contacts of a restored workspace who were erased since its backup was made; return how many.

    known_in: the schema of the workspace that was backed up, which remembers them.
    """
    with schemas.use(known_in):
        people = list(ErasedIdentifier.objects.values_list("digest", "at"))
        if not people:
            return 0
        key = bytes(ContactSettings.objects.get(pk=1).erasure_key)
    settings, _created = ContactSettings.objects.get_or_create(pk=1, defaults={"erasure_key": key})
    if bytes(settings.erasure_key) != key:
        return 0  # not of the same origin
    ErasedIdentifier.objects.bulk_create(
        [ErasedIdentifier(digest=digest, at=at) for digest, at in people], ignore_conflicts=True
    )
    erased = queries.erased_among(_ALL_IDENTIFIERS)
    ids = [row[0] for row in sql.rows(sql.compose("SELECT DISTINCT e.row FROM {erased} e", erased=erased))]
    with schemas.use(known_in):
        # A number may have moved from one contact to another, who was erased with it.
        kept = set(Contact.all_objects.filter(pk__in=ids).values_list("pk", flat=True))
    return erase_contacts(contacts=queries.relation_of_ids(set(ids) - kept), actor=actor, now=now)


def erase_from_files(*, import_ids: Collection[int]) -> None:
    """Delete the stored files of imports with rows of erased people, and their refused rows.

    import_ids: imports that brought or changed somebody who was erased. Raises jobs.Retry while one of them runs.
    """
    is_erased = _is_erased()
    import_export.erase_rows(is_erased=is_erased)
    if not import_export.erase_files(is_erased=is_erased, import_ids=import_ids):
        raise jobs.Retry(after_seconds=_RETRY_SECONDS)


def _remember_erased(contacts: Relation, now: datetime) -> None:
    """Keep the keyed hashes of what identifies these contacts, so that nothing but they themselves brings them back."""
    settings, _created = ContactSettings.objects.get_or_create(pk=1)
    outer, inner = keyed_hash.paddings(bytes(settings.erasure_key))
    statement = sql.text("contacts/remember_erased", contacts="{contacts}")
    sql.execute(sql.compose(statement, contacts=contacts, outer=outer, inner=inner, now=now))


def _addresses(contacts: Relation) -> list[str]:
    """Return the phone numbers and emails of contacts, second ones too, that nobody else has."""
    first = [
        address
        for column in ("phone", "email")
        for address in queries.addresses_to_suppress(contacts, column=column)
    ]
    second = sql.compose(
        "SELECT i.external_id FROM contacts_contactidentity i JOIN {contacts} p ON p.contact_id = i.contact_id"
        " WHERE i.system IN ('phone', 'email')",
        contacts=contacts,
    )
    return [*first, *(address for (address,) in sql.rows(second))]


def _national(address: str) -> str:
    """Return a number without its country code, as it stands in a text in any way of writing it; an email as it is."""
    return address.removeprefix("+84") if address.startswith("+84") else address.removeprefix("+")


# Imports


def _erase_from_imports(ids: Sequence[int], contacts: Relation) -> None:
    """Erase refused rows that give a name or an address of these contacts; a job finds the rest by their hashes.

    Files of exports that hold them are deleted.
    """
    for kind in ("contacts", "contact_sheets"):
        import_export.erase_exports(kind=kind, row_ids=ids)
    touched = sql.compose(
        "SELECT DISTINCT (c.data->>'import')::bigint FROM contacts_bulkchangerow r"
        " JOIN contacts_bulkchange c ON c.id = r.change_id JOIN {contacts} p ON p.contact_id = r.contact_id"
        " WHERE c.action = 'import' AND c.data ? 'import'",
        contacts=contacts,
    )
    import_ids = [number for (number,) in sql.rows(touched)]
    if import_ids and len(ids) <= _MAX_NAMED:
        names = Contact.all_objects.filter(pk__in=ids).exclude(full_name="")
        texts = {fold(name) for name in names.values_list("full_name", flat=True)}
        import_export.erase_rows(
            is_erased=lambda cells: any(fold(clean(cell)) in texts for cell in cells), import_ids=import_ids
        )
    jobs.enqueue("contacts.erase_from_files", import_ids=import_ids)


def _is_erased() -> Callable[[Sequence[str]], bool]:
    """Return a function that tells whether one of a row's cells identifies an erased person."""
    key = bytes(queries.contact_settings().erasure_key)
    erased = {bytes(digest) for digest in ErasedIdentifier.objects.values_list("digest", flat=True)}
    systems = [
        "code",
        *ContactIdentity.objects.exclude(system="code").values_list("system", flat=True).distinct(),
    ]

    def is_erased(cells: Sequence[str]) -> bool:
        return any(
            keyed_hash.digest(key, kind, value) in erased
            for cell in cells
            if cell
            for kind, value in _identifiers_in(cell, systems)
        )

    return is_erased if erased else lambda _cells: False


def _identifiers_in(cell: str, systems: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Yield what a cell may identify, as contacts store it."""
    whole = clean(cell)
    for system in systems:
        yield system, whole
    for part in _CELL_PARTS.split(cell):
        if "@" in part:
            try:
                yield "email", emails.read(part)
            except ValueError:
                continue
        elif sum(character.isdigit() for character in part) >= _MIN_PHONE_DIGITS:
            try:
                yield "phone", phones.read(part).e164
            except ValueError:
                continue


# Consent


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
            " AND NOT EXISTS (SELECT 1 FROM contacts_consententry e WHERE e.proof_id = p.id)",
            {"proofs": list(proofs)},
        )
    )
