"""Customer codes given to contacts that have none (CON-70)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from quen.apps.contacts import queries
from quen.apps.contacts.models import BulkChange, ContactIdentity, ContactSettings
from quen.apps.contacts.services.bulk_selection import batches_of
from quen.apps.contacts.services.tags import actor_data
from quen.apps.events import services as events
from quen.core import pauses, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.core.actors import Actor

#: the system of customer codes among identities
_CODE: Final = "code"


def give_codes_to_new(contacts: Relation, *, now: datetime) -> None:
    """Give new contacts (contact_id) a code if they have none and the workspace wishes so.

    In a transaction its last step: until it ends, others who need a code wait.
    """
    if queries.contact_settings().codes_given:
        _give_codes(contacts, now=now)


@transaction.atomic
def give_codes(
    change: BulkChange, contacts: Relation, actor: Actor, now: datetime
) -> tuple[int, int, dict[str, int]]:
    """Give a code to those contacts (contact_id) that have none; the change keeps which."""
    requested = queries.count_contacts(contacts)
    given = _give_codes(contacts, now=now, change_id=change.pk)
    changed = queries.relation_of_ids(given)
    data = {"fields": ["customer_code"]} | actor_data(actor)
    events.record_relation("contact_changed", changed, at=now, data=data)
    return requested, len(given), {"already": requested - len(given)} if requested > len(given) else {}


def take_codes_back(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    """Take back the codes that a change gave, where the contact still has that code."""
    gone: list[int] = []
    for batch in batches_of(change):
        statement = Relation(
            "WITH gone AS (DELETE FROM contacts_contactidentity i USING contacts_bulkchangerow r"
            " WHERE r.change_id = %(change)s AND r.contact_id = i.contact_id AND i.system = 'code'"
            " AND i.contact_id = ANY(%(batch)s::bigint[]) AND i.external_id = r.before ->> 'code'"
            " RETURNING i.contact_id) SELECT contact_id FROM gone",
            {"change": change.pk, "batch": sql.array(batch)},
        )
        gone += [contact_id for (contact_id,) in sql.rows(statement)]
    data = {"fields": ["customer_code"], "undo": True} | actor_data(actor)
    events.record_relation("contact_changed", queries.relation_of_ids(gone), at=now, data=data)
    left = change.count - len(gone)
    return len(gone), {"changed_since": left} if left > 0 else {}


def give_codes_to_imported(*, change_id: int, now: datetime, batch_size: int = 25_000) -> None:
    """Give codes to the contacts that an import created, if the workspace wishes so. A second run finds them done."""
    last = 0
    while queries.contact_settings().codes_given:
        batch = queries.imported_without_code(change_id, after=last, limit=batch_size)
        if not batch:
            return
        _give_codes(queries.relation_of_ids(batch), now=now)
        last = batch[-1]
        pauses.give_way()


@transaction.atomic
def _give_codes(contacts: Relation, *, now: datetime, change_id: int | None = None) -> list[int]:
    """Give a code to the contacts without one; return whom."""
    waiting = [pk for (pk,) in sql.rows(queries.without_code(contacts))]
    given: list[int] = []
    while waiting:
        params: dict[str, Any] = {
            "contacts": waiting,
            "codes": _free_codes(len(waiting)),
            "change": change_id,
            "now": now,
        }
        added = [pk for (pk,) in sql.rows(Relation(sql.text("contacts/give_codes"), params))]
        given += added
        # Somebody may have typed one of these codes by hand meanwhile.
        waiting = sorted(set(waiting) - set(added))
    return given


def _free_codes(count: int) -> list[str]:
    """Return codes that nobody has or had, and go on behind them. Waits for others who take some."""
    ContactSettings.objects.get_or_create(pk=1)
    chosen = ContactSettings.objects.select_for_update().get(pk=1)
    number, found = chosen.code_next, list[str]()
    while len(found) < count:
        missing = count - len(found)
        codes = [chosen.code(each) for each in range(number, number + missing)]
        used = _used(codes)
        found += [code for code in codes if code not in used]
        number += missing
        if len(used) == missing:
            # A whole list of codes of this kind came from another system: go on behind it.
            number = max(number, queries.highest_code(chosen.code_prefix) + 1)
    chosen.code_next = number
    chosen.save(update_fields=["code_next"])
    return found


def _used(codes: Sequence[str]) -> set[str]:
    """Return those of the codes that a contact has, deleted ones too, or somebody had who was erased."""
    kept = ContactIdentity.objects.filter(system=_CODE, external_id__in=codes)
    candidates = Relation(
        "SELECT place AS row, 'code' AS kind, value FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c (value, place)",
        {"codes": list(codes)},
        ("row", "kind", "value"),
    )
    erased = {codes[row - 1] for row, _kind in sql.rows(queries.erased_among(candidates))}
    return {*kept.values_list("external_id", flat=True), *erased}
