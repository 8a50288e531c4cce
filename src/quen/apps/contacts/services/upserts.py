"""Creating and updating many contacts at once, for the API and for connectors."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, OperationalError, connection, transaction

from quen.apps.contacts import queries
from quen.apps.contacts.models import Field, Source
from quen.apps.contacts.rules.addresses import complete_address
from quen.apps.contacts.rules.labels import LABELS, field_id_of, field_key
from quen.apps.contacts.rules.names import PARTS, complete_names
from quen.apps.contacts.rules.values import parse_values
from quen.apps.contacts.services.consent import has_ground, save_proof
from quen.apps.contacts.services.customer_codes import give_codes_to_new
from quen.apps.contacts.services.staging.batch import StagedBatch
from quen.apps.contacts.services.staging.options import UpsertOptions
from quen.apps.contacts.services.staging.schema import COLUMNS, StagingSchema, build_schema
from quen.apps.contacts.services.staging.upserter import ContactUpserter
from quen.apps.contacts.services.tags import clean_tag_name
from quen.apps.contacts.types import (
    BadTag,
    Channel,
    Consent,
    ConsentProof,
    ContactInput,
    RowRefusal,
    Status,
    UpsertOutcome,
)
from quen.apps.import_export.registry import BatchOutcome, RowIssue
from quen.apps.import_export.types import ConflictPolicy
from quen.core import clock, sql
from quen.core.actors import Actor
from quen.core.database.outage import is_disk_full
from quen.core.sql import Relation

if TYPE_CHECKING:
    from datetime import datetime

    from quen.apps.accounts.models import Workspace

log = logging.getLogger(__name__)
_BATCH_ROWS: Final = 5_000
_MAX_ATTEMPTS: Final = 5
#: the values of an input that are columns of the contact
_KEYS: Final = tuple(key for key in LABELS if key != "birth_is_lunar")
_NAMES: Final = ("full_name", *PARTS, "call_name", "salutation")
_ADDRESS: Final = ("country", "province", "city")
_EMAIL: Final = Channel.EMAIL.value
#: the group of staged columns behind each value that can be cleared
_GROUPS: Final = {
    "salutation": "salutation",
    "gender": "gender",
    "birth_on": "birth_day",
    "company": "company",
    "language": "language",
    "country": "country",
    "province": "city",
    "city": "city",
    "district": "district",
    "ward": "ward",
    "address_line": "address_line",
    "note": "note",
    "opening_spent": "opening_spent",
    "opening_orders": "opening_orders",
    "opening_points": "opening_points",
}


def upsert(
    *,
    rows: Iterable[ContactInput],
    workspace: Workspace,
    policy: ConflictPolicy,
    source: Source | None = None,
    proof: ConsentProof | None = None,
    actor: Actor,
    now: datetime,
    batch_rows: int = _BATCH_ROWS,
) -> UpsertOutcome:
    """Create or update a contact for each row, a bounded number of statements per batch of rows.

    A row belongs to the contact with its phone, email or identity, as in imports; several rows of one person are one
    contact. policy: what happens to contacts that exist.  proof: needed by rows that grant consent (R-18).
    A row with an invalid value is refused, the others are written. Each batch is a transaction of its own, so nothing
    is lost or doubled when the same rows are sent again.
    """
    outcome, proof_id, first = UpsertOutcome(), None, 0
    reader = _RowReader(
        workspace, {each.pk: each for each in queries.active_fields()}, has_ground(proof), now
    )
    for inputs in _batches(rows, batch_rows):
        read = [
            row for number, each in enumerate(inputs, first) if (row := reader.read(number, each, outcome))
        ]
        first += len(inputs)
        if proof_id is None and any(row.consents for row in read):
            proof_id = save_proof(proof, actor=actor, now=now).pk
        read = _without_erased(read, outcome)
        read, folded = _fold(read, first_wins=policy != ConflictPolicy.OVERWRITE)
        options = _options(read, reader, policy, source, proof_id, actor)
        _write(read, options, outcome, now)
        _tell_folded(folded, outcome)
    return outcome


@dataclass(slots=True)
class _ReadRow:
    """A row with normalised values. secondary: phone numbers and emails that are stored and never matched."""

    number: int
    columns: dict[str, Any]
    attrs: dict[str, Any]
    consents: Mapping[str, int]
    identities: list[tuple[str, str]]
    tags: list[str]
    fields: list[str]
    missing_fields: tuple[str, ...] = ()
    clear: tuple[str, ...] = ()
    secondary: list[tuple[str, str]] = field(default_factory=list)

    def keys(self) -> frozenset[object]:
        """Return what the person is found by."""
        main = (("phone", self.columns.get("phone")), ("email", self.columns.get("email")))
        return frozenset((*(pair for pair in main if pair[1]), *self.identities))

    def take(self, later: _ReadRow, *, first_wins: bool) -> None:
        """Take the values of a later row of the same person."""
        first, then = (later, self) if first_wins else (self, later)
        groups = {COLUMNS[name].group for name in then.columns if name in COLUMNS} | set(then.clear)
        kept = {
            name: value
            for name, value in first.columns.items()
            if name not in COLUMNS or COLUMNS[name].group not in groups
        }
        self.clear = (*then.clear, *(group for group in first.clear if group not in groups))
        self.columns = kept | then.columns
        self.attrs = first.attrs | then.attrs
        self.consents = {
            channel: max(first.consents.get(channel, 0), then.consents.get(channel, 0))
            for channel in {*first.consents, *then.consents}
        }
        self.tags = [*self.tags, *later.tags]
        self.fields = [*self.fields, *later.fields]
        self.missing_fields = tuple(name for name in self.missing_fields if name in later.missing_fields)


class _RowReader:
    """Normalises rows, or refuses them."""

    def __init__(
        self, workspace: Workspace, fields: Mapping[int, Field], has_ground: bool, now: datetime
    ) -> None:
        self.fields = fields
        self._zone = workspace.zone
        self._today = clock.local_day(now, workspace.zone)
        self._has_ground = has_ground
        names = [name for name in workspace.required_fields if name in LABELS]
        self.required = ["birth_day" if name == "birth_on" else name for name in names]

    def read(self, number: int, given: ContactInput, outcome: UpsertOutcome) -> _ReadRow | None:
        """Return a row, or None after adding the reason to the outcome."""
        values = {key: value for key in _KEYS if (value := getattr(given, key)) not in (None, "")}
        custom = {
            field_key(key): value for key, value in given.attrs.items() if value is not None and value != ""
        }
        parsed = parse_values(values | custom, fields=self.fields, zone=self._zone, today=self._today)
        for key, reason in parsed.refused.items():
            params = {"value": str((values | custom)[key])[:120], "reason": reason}
            outcome.refused.append(RowRefusal(number, "bad_value", key, params))
            return None
        identities = [pair for pair in given.identities if pair[1]]
        known = [pair for pair in identities if pair[0] not in {"phone", "email"}]
        columns = self._complete(parsed.columns)
        if not (columns.get("phone") or columns.get("email") or known):
            outcome.refused.append(RowRefusal(number, "no_identifier"))
            return None
        if Consent.GRANTED in given.consents.values() and not self._has_ground:
            outcome.refused.append(RowRefusal(number, "proof_missing", "consents"))
            return None
        try:
            tags = [clean_tag_name(name) for name in given.tags]
        except BadTag as refusal:
            outcome.refused.append(RowRefusal(number, refusal.code, "tags", refusal.params))
            return None
        return _ReadRow(
            number=number,
            columns=columns,
            attrs={key: value for key, value in parsed.attrs.items() if value is not None}
            | {str(pk): None for key in given.clear if (pk := field_id_of(key)) is not None},
            consents=given.consents,
            identities=known,
            tags=tags,
            fields=[*values, *custom, *given.clear, *(["tags"] if tags else [])],
            clear=tuple(_GROUPS[key] for key in given.clear if field_id_of(key) is None),
            missing_fields=tuple(name for name in self.required if columns.get(name) in (None, "")),
            secondary=[pair for pair in identities if pair not in known],
        )

    def _complete(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        completed = dict(columns)
        if not columns.keys().isdisjoint(_NAMES):
            completed |= complete_names(columns, {})
        if not columns.keys().isdisjoint(_ADDRESS):
            completed |= complete_address(columns, {})
        return {key: value for key, value in completed.items() if value not in (None, "")}


def _batches(rows: Iterable[ContactInput], size: int) -> Iterator[list[ContactInput]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch


def _without_erased(rows: Sequence[_ReadRow], outcome: UpsertOutcome) -> list[_ReadRow]:
    """Return the rows of people who were not erased; the others are refused (CON-68)."""
    given = [
        (row.number, kind, value)
        for row in rows
        for kind, value in (
            ("phone", row.columns.get("phone")),
            ("email", row.columns.get("email")),
            *row.identities,
            *row.secondary,
        )
        if value
    ]
    numbers, kinds, values = zip(*given, strict=True) if given else ((), (), ())
    identifiers = Relation(
        "SELECT * FROM unnest(%(rows)s::bigint[], %(kinds)s::text[], %(values)s::text[]) AS i(row, kind, value)",
        {"rows": list(numbers), "kinds": list(kinds), "values": list(values)},
        ("row", "kind", "value"),
    )
    erased = dict(sql.rows(queries.erased_among(identifiers)))
    outcome.refused += [RowRefusal(number, "erased", kind) for number, kind in sorted(erased.items())]
    return [row for row in rows if row.number not in erased]


def _fold(rows: Sequence[_ReadRow], *, first_wins: bool) -> tuple[list[_ReadRow], dict[int, int]]:
    """Return the rows, those with the same identifiers made one in their order, and which row each went into.

    Written one after the other, they would change a value there and back, and a repeated call would do so again.
    """
    kept: list[_ReadRow] = []
    folded: dict[int, int] = {}
    last: dict[object, _ReadRow] = {}
    for row in rows:
        keys = row.keys()
        before = {id(last[key]): last[key] for key in keys if key in last}
        target = next(iter(before.values())) if len(before) == 1 else None
        if target is not None and target.keys() == keys and target.secondary == row.secondary:
            target.take(row, first_wins=first_wins)
            folded[row.number] = target.number
            continue
        kept.append(row)
        last |= dict.fromkeys(keys, row)
    return kept, folded


def _tell_folded(folded: Mapping[int, int], outcome: UpsertOutcome) -> None:
    """Add what became of rows that went into another one."""
    refusals = {refusal.row: refusal for refusal in outcome.refused}
    for number, target in folded.items():
        if (refusal := refusals.get(target)) is not None:
            outcome.refused.append(replace(refusal, row=number))
        else:
            outcome.unchanged += 1
            outcome.contact_ids[number] = outcome.contact_ids[target]


def _options(
    rows: Sequence[_ReadRow],
    reader: _RowReader,
    policy: ConflictPolicy,
    source: Source | None,
    proof_id: int | None,
    actor: Actor,
) -> UpsertOptions:
    used = {int(key) for row in rows for key, value in row.attrs.items() if value is not None}
    by_whom = actor.as_data()
    return UpsertOptions(
        policy=policy,
        required=reader.required,
        unique_fields=sorted(key for key in used if reader.fields[key].unique),
        source_id=source.pk if source else None,
        proof_id=proof_id,
        created_event="contact_created",
        changed_event="contact_changed",
        created_data=({"source": source.name} if source else {}) | by_whom,
        changed_data={"fields": list(dict.fromkeys(key for row in rows for key in row.fields))} | by_whom,
        consent_data=by_whom,
    )


def _write(rows: Sequence[_ReadRow], options: UpsertOptions, outcome: UpsertOutcome, now: datetime) -> None:
    if not rows:
        return
    channels = [channel for channel in Channel.values if any(channel in row.consents for row in rows)]
    cleared = {group for row in rows for group in row.clear}
    schema = build_schema(
        {name for row in rows for name in row.columns}
        | {column.name for column in COLUMNS.values() if column.group in cleared},
        channels=channels,
        has_status=_EMAIL in channels,
        has_attrs=any(row.attrs for row in rows),
        can_clear=bool(cleared),
        clears_attrs=any(None in row.attrs.values() for row in rows),
    )
    batch = _staged(rows, schema)
    for attempt in range(1, _MAX_ATTEMPTS + 1):
        written = BatchOutcome()
        try:
            with transaction.atomic():
                # A new one for each attempt: tags that it creates are gone after a rollback.
                contact_ids = ContactUpserter(schema, options).write(batch, written, now=now)
                created, updated = _touched(contact_ids.values(), now)
                if created:
                    give_codes_to_new(queries.relation_of_ids(created), now=now)
            break
        except (OperationalError, IntegrityError) as conflict:
            if attempt == _MAX_ATTEMPTS or not connection.is_usable() or is_disk_full(conflict):
                raise
            log.info("an upsert of %s rows met other writers (%s), once more", len(rows), conflict)
            time.sleep(0.05 * attempt)
    outcome.created += written.created
    outcome.updated += written.updated
    outcome.unchanged += written.unchanged
    outcome.refused += map(_refusal, written.refused)
    outcome.warnings += map(_refusal, written.warnings)
    outcome.contact_ids |= contact_ids
    outcome.created_ids |= created
    outcome.updated_ids |= updated


def _touched(contact_ids: Iterable[int], now: datetime) -> tuple[set[int], set[int]]:
    """Return those of the contacts that were created at this instant, and those that were changed.

    By their keys alone: with a condition on the instant, of which the server knows nothing yet, joins of them go wrong.
    """
    rows = sql.rows(
        Relation(
            "SELECT id, created_at, updated_at FROM contacts_contact WHERE id = ANY(%(ids)s)",
            {"ids": list(set(contact_ids))},
        )
    )
    created = {pk for pk, created_at, _updated_at in rows if created_at == now}
    return created, {pk for pk, _created_at, updated_at in rows if updated_at == now} - created


def _staged(rows: Sequence[_ReadRow], schema: StagingSchema) -> StagedBatch:
    blank: dict[str, Any] = {column.name: column.empty for column in schema.contact_columns}
    blank |= {"pass": 1, "sort_key": "~"}
    names = [name for name, _type in schema.column_types()]
    bits = schema.clear_bits()
    batch = StagedBatch()
    for row in rows:
        values = blank | row.columns | {f"consent_{key}": int(value) for key, value in row.consents.items()}
        values |= {"row": row.number, "incomplete": bool(row.missing_fields)}
        values["clears"] = sum(bits[group] for group in set(row.clear))
        if row.attrs:
            values["attrs"] = json.dumps(row.attrs, ensure_ascii=False)
        if _EMAIL in row.consents:
            granted = row.consents[_EMAIL] == Consent.GRANTED
            values["status"] = (Status.SUBSCRIBED if granted else Status.UNSUBSCRIBED).value
        keys = [key for key in (values["phone"], values["email"], *row.identities) if key]
        batch.add([values.get(name) for name in names], keys)
        batch.identities += [(row.number, *pair) for pair in row.identities]
        batch.secondary_identities += [(row.number, *pair) for pair in row.secondary]
        batch.tags += [(row.number, name) for name in row.tags]
        if row.missing_fields:
            batch.missing_fields[row.number] = row.missing_fields
    return batch


def _refusal(issue: RowIssue) -> RowRefusal:
    return RowRefusal(issue.row, issue.code, issue.field, issue.params)
