"""Changed cells that cannot be applied: what belongs to somebody else, and what would leave nobody to recognise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact, ContactIdentity
from quen.apps.contacts.rules.labels import field_id_of
from quen.apps.contacts.types import CellChange
from quen.core import sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.contacts.edit_sheets.reading import ChangedCell

_SYSTEMS = ("phone", "email")


def refuse_impossible(cells: Sequence[ChangedCell]) -> None:
    """Say of each cell that cannot be applied why. A bounded number of statements, whatever the number of cells."""
    usable = [cell for cell in cells if not cell.refusal]
    for system in _SYSTEMS:
        changed = [cell for cell in usable if cell.column.target == system and cell.values.get(system)]
        _refuse_twice(changed, system)
        _refuse_taken(changed, system)
    _refuse_erased([cell for cell in usable if cell.column.target in _SYSTEMS])
    for column in {cell.column.key: cell.column for cell in usable if cell.column.unique}.values():
        changed = [
            cell for cell in usable if cell.column.key == column.key and cell.values.get(column.target)
        ]
        _refuse_twice(changed, column.target)
        _refuse_not_unique(changed, column.target)
    _refuse_unidentified(usable)


def _refuse_twice(cells: Sequence[ChangedCell], key: str) -> None:
    """Refuse what an earlier row of the file gives to another person."""
    seen = set[str]()
    for cell in cells:
        value = str(cell.values[key])
        if value in seen:
            cell.refuse("twice_in_file")
        seen.add(value)


def _refuse_taken(cells: Sequence[ChangedCell], system: str) -> None:
    """Refuse numbers and emails of others, and further ones of the person: a file never moves the default."""
    values = [cell.values[system] for cell in cells]
    main = Contact.objects.filter(**{f"{system}__in": values}).values_list(system, "pk", "full_name")
    owners: dict[str, tuple[int, str]] = {value: (pk, name) for value, pk, name in main}
    further = ContactIdentity.objects.filter(
        system=system, external_id__in=values, deleted_at=None, contact__deleted_at=None
    ).values_list("external_id", "contact_id", "contact__full_name")
    for value, pk, name in further:
        owners.setdefault(value, (pk, name))
    for cell in cells:
        owner = owners.get(cell.values[system])
        if owner is not None and owner[0] == cell.contact_id:
            cell.refuse("own_further")
        elif owner is not None:
            cell.refuse("in_use", existing=owner[1])


def _refuse_erased(cells: Sequence[ChangedCell]) -> None:
    given = [(at, cell.column.target, cell.values.get(cell.column.target)) for at, cell in enumerate(cells)]
    given = [each for each in given if each[2]]
    if not given:
        return
    rows, kinds, values = zip(*given, strict=True)
    identifiers = Relation(
        "SELECT * FROM unnest(%(rows)s::bigint[], %(kinds)s::text[], %(values)s::text[]) AS i(row, kind, value)",
        {"rows": list(rows), "kinds": list(kinds), "values": list(values)},
        ("row", "kind", "value"),
    )
    for at, _kind in sql.rows(queries.erased_among(identifiers)):
        cells[at].refuse("erased")


def _refuse_not_unique(cells: Sequence[ChangedCell], target: str) -> None:
    field_id = field_id_of(target)
    assert field_id is not None
    wanted = {_stored(cell.values[target]): cell for cell in cells}
    # The key stands in the text, as in the expression index of the field.
    statement = Relation(
        f"SELECT c.attrs ->> '{field_id}', c.id FROM contacts_contact c"
        f" WHERE c.deleted_at IS NULL AND c.attrs ->> '{field_id}' = ANY(%(values)s::text[])",
        {"values": list(wanted)},
    )
    for value, contact_id in sql.rows(statement):
        if wanted[value].contact_id != contact_id:
            wanted[value].refuse("value_not_unique")


def _stored(value: Any) -> str:
    """Return a custom value as PostgreSQL reads it out of JSON as text."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _refuse_unidentified(cells: Sequence[ChangedCell]) -> None:
    """Refuse to clear the last of what a person is recognised by."""
    cleared: dict[int, list[ChangedCell]] = defaultdict(list)
    for cell in cells:
        if cell.kind is CellChange.CLEARED and cell.column.target in _SYSTEMS and not cell.refusal:
            cleared[cell.contact_id].append(cell)
    if not cleared:
        return
    known = Contact.objects.filter(pk__in=cleared).values_list("pk", *_SYSTEMS)
    records = {pk: dict(zip(_SYSTEMS, values, strict=True)) for pk, *values in known}
    accounts = set(
        ContactIdentity.objects.filter(contact_id__in=cleared, deleted_at=None).values_list(
            "contact_id", flat=True
        )
    )
    for contact_id, changed in cleared.items():
        left = [name for name in _SYSTEMS if records[contact_id][name]]
        for cell in changed:
            left = [name for name in left if name != cell.column.target]
            if not left and contact_id not in accounts:
                cell.refuse("last_identifier")
