"""Turn a batch of staged rows into contacts with a bounded number of statements, whatever the number of rows.

Order within a batch: rows whose identifiers occur for the first time match existing contacts or create new ones (pass
1); then rows that repeat an identifier of the batch match those (pass 2). Rows that still match nobody, because the
row before them was refused, are handled in further passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Final

from quen.apps.contacts.services.locks import UNIQUE_VALUES, UPSERT_BATCH
from quen.apps.contacts.services.staging.batch import StagedBatch
from quen.apps.contacts.services.staging.further import identify_by_further
from quen.apps.contacts.services.staging.labels import StagedLabels
from quen.apps.contacts.services.staging.names import StagedNames
from quen.apps.contacts.services.staging.options import UpsertOptions
from quen.apps.contacts.services.staging.records import UpsertRecords
from quen.apps.contacts.services.staging.schema import StagingSchema
from quen.apps.contacts.services.staging.stage import ContactStage
from quen.apps.contacts.services.staging.statements import (
    build_refusals,
    build_statements,
    refused,
    refuses,
)
from quen.apps.contacts.types import Consent, Status
from quen.apps.import_export.registry import BatchOutcome, RowIssue
from quen.apps.import_export.types import ConflictPolicy
from quen.core.text import fold

#: more than two passes are needed only when rows of one batch share identifiers crosswise
_MAX_PASSES: Final = 200
#: when a dry run writes to its copies; nobody sees it
_DRY_RUN_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
#: joins whether the import itself created a contact; LIMIT 1 keeps each lookup an index probe
_CREATED_HERE: Final = """
  LEFT JOIN LATERAL (
       SELECT 1 AS one FROM contacts_bulkchangerow r
        WHERE r.change_id = %(change)s AND r.contact_id = x.contact_id AND r.before IS NULL
        LIMIT 1) own ON true"""


class ContactUpserter:
    """Writes batches of one schema.

    A dry run takes the same steps on copies of the contacts, and records neither events nor consent.
    """

    def __init__(self, schema: StagingSchema, options: UpsertOptions, *, is_dry_run: bool = False) -> None:
        self._schema = schema
        self._options = options
        self._is_dry_run = is_dry_run
        statements = build_statements(schema, policy=options.policy, required=options.required)
        is_import = is_dry_run or options.change_id is not None
        self._stage = ContactStage(schema, statements, counts_repeats=is_import, is_dry_run=is_dry_run)
        self._refusals = build_refusals(schema) if schema.channels else None
        self._slots = schema.slots()
        self._names = StagedNames(is_dry_run=is_dry_run)
        self._labels = StagedLabels(options, self._stage, is_dry_run=is_dry_run)
        self._records = UpsertRecords(schema, options, self._stage, is_dry_run=is_dry_run)

    def beside(self) -> ContactUpserter:
        """Return one for another connection, which knows the same tags and analyzes no tables."""
        other = ContactUpserter(self._schema, self._options)
        other._names.tag_ids = self._names.tag_ids
        other._labels.ids = self._labels.ids
        other._stage.skip_analyze()
        return other

    def rows_beside(self, batch: StagedBatch) -> frozenset[int]:
        """Return the rows of a batch that can be written by `write_new` on another connection, while this one writes
        the others; they share no identifier. None of them where writing takes locks that only one may hold.
        """
        known = self._names.tag_ids
        if (
            not self._stage.has_analyzed
            or self._schema.has_source
            or self._options.unique_fields
            or any(name not in known for _row, name in batch.tags)
            or not self._labels.are_known(batch)
        ):
            return frozenset()
        return batch.rows_beside(self._slots["phone"], self._slots["email"])

    def write_new(self, batch: StagedBatch, outcome: BatchOutcome, *, now: datetime) -> bool:
        """Write a batch in which nobody is known yet, beside another one. False if somebody is known.

        The caller holds the turn of upserts on another connection, and rolls back if somebody is known.
        """
        self._load(batch, outcome, now)
        if self._stage.any_known(has_repeats=batch.has_repeats):
            return False
        self._apply_passes(batch, outcome, now)
        self._stage.drop()
        return True

    def write(
        self, batch: StagedBatch, outcome: BatchOutcome, *, now: datetime, with_ids: bool = True
    ) -> dict[int, int]:
        """Write a batch inside the caller's transaction and add to its outcome. Return contact ids by row if asked.

        Raises OperationalError or IntegrityError after conflicts with other writers; the caller rolls back and retries.
        """
        if not batch.rows:
            return {}
        UPSERT_BATCH.acquire()
        self._load(batch, outcome, now)
        self._run_passes(batch, outcome, now)
        contact_ids = self._stage.contact_ids() if with_ids else {}
        self._stage.drop()
        self._stage.analyze_new_tables()
        return contact_ids

    def dry_run(self, batch: StagedBatch, outcome: BatchOutcome) -> None:
        """Add to the outcome what write would do. What became of contacts is kept in copies until close."""
        self._stage.open_dry_run(self._options.unique_fields)
        if batch.rows:
            self._load(batch, outcome, _DRY_RUN_TIME)
            self._stage.copy_known(batch, self._options.unique_fields)
            self._run_passes(batch, outcome, _DRY_RUN_TIME)
            self._stage.drop()

    def close(self) -> None:
        """Drop what was kept between batches."""
        self._stage.close()

    def _load(self, batch: StagedBatch, outcome: BatchOutcome, now: datetime) -> None:
        identify_by_further(batch, phone=self._slots["phone"], email=self._slots["email"])
        if self._schema.has_source:
            self._names.resolve_sources(batch, at=self._slots["source"])
        if batch.tags:
            self._names.resolve_tags({name for _row, name in batch.tags})
        self._stage.load(batch, self._names.tag_ids)
        if batch.labels or self._options.all_labels:
            outcome.warnings += self._labels.load(batch, now)

    def _run_passes(self, batch: StagedBatch, outcome: BatchOutcome, now: datetime) -> None:
        self._stage.match(1)
        self._apply_passes(batch, outcome, now)

    def _apply_passes(self, batch: StagedBatch, outcome: BatchOutcome, now: datetime) -> None:
        """Apply the first pass, which is matched, and match and apply the others."""
        self._apply_pass(1, batch, outcome, now)
        number = 2 if batch.has_repeats else 0
        while number:
            self._stage.match(number)
            deferred = self._defer_conflicts(batch, number)
            self._apply_pass(number, batch, outcome, now)
            number = number + 1 if deferred else 0
            if number > _MAX_PASSES:
                outcome.refused += [RowIssue(row, "ambiguous_contact") for row in self._stage.staged(number)]
                return

    def _defer_conflicts(self, batch: StagedBatch, number: int) -> bool:
        """Move rows to the next pass whose identifiers an earlier row of this pass may assign to another contact.

        Return whether there are any. When existing contacts stay unchanged, only new ones can change what a row
        matches.
        """
        rows = {row[0]: row for row in batch.rows}
        systems: dict[int, list[Any]] = {}
        for row, system, external_id in batch.identities:
            systems.setdefault(row, []).append((system, external_id))
        phone, email = self._slots["phone"], self._slots["email"]
        owners: dict[Any, int] = {}
        deferred = []
        matched = self._stage.rows(
            "SELECT row, contact_id FROM upsert_matched WHERE pass = %(pass)s AND NOT ambiguous ORDER BY row",
            {"pass": number},
        )
        for row, contact_id in matched:
            if contact_id is not None and self._options.policy == ConflictPolicy.SKIP:
                continue
            keys = [key for key in (rows[row][phone], rows[row][email]) if key] + systems.get(row, [])
            # No contact yet: a number of its own, below the keys of contacts, those of a dry run included.
            owner = contact_id if contact_id is not None else -(1 << 62) - row
            if any(owners.get(key, owner) != owner for key in keys):
                deferred.append(row)
            else:
                owners |= dict.fromkeys(keys, owner)
        if deferred:
            self._stage.defer(deferred, to_pass=number + 1)
        return bool(deferred)

    def _apply_pass(self, number: int, batch: StagedBatch, outcome: BatchOutcome, now: datetime) -> None:
        """Create the new contacts of a pass, then update those that rows matched."""
        self._drop_duplicate_unique_values(number, outcome)
        created = self._create(number, batch, now)
        outcome.created += created
        if created and batch.missing_fields:
            outcome.warnings += [
                RowIssue(row, "incomplete", batch.missing_fields[row][0])
                for row in self._stage.created(number)
                if row in batch.missing_fields
            ]
        ambiguous = self._stage.ambiguous(number)
        outcome.refused += [RowIssue(row, "ambiguous_contact") for row in ambiguous]
        if self._stage.count("m.contact_id IS NOT NULL", number) > len(ambiguous):
            outcome.warnings += [*self._name_warnings(number), *self._status_warnings(number)]
            self._update_matched(number, batch, outcome, now)

    def _drop_duplicate_unique_values(self, number: int, outcome: BatchOutcome) -> None:
        """Leave out unique values that another contact has. Other writers of such values wait for the lock."""
        if self._options.unique_fields and not self._is_dry_run:
            UNIQUE_VALUES.acquire()
        for key in self._options.unique_fields:
            params: dict[str, Any] = {"pass": number, "key": str(key)}
            taken = self._stage.read("upsert_taken_values", params, field=str(int(key)))
            params["taken"] = [row for (row,) in taken]
            dropped = self._stage.read("upsert_drop_duplicate_values", params)
            outcome.warnings += [
                RowIssue(row, "value_not_unique", f"field_{key}") for (row,) in sorted(dropped)
            ]

    # New contacts

    def _create(self, number: int, batch: StagedBatch, now: datetime) -> int:
        """Create contacts for the rows of a pass that match nobody. Return how many."""
        stage, params = self._stage, {"pass": number}
        created = stage.run("upsert_new_keys", params)
        if created:
            stage.execute("ANALYZE upsert_created")
            stage.execute(
                stage.statements.create, params | {"now": now, "source_id": self._options.source_id}
            )
            self._insert_related(number, batch, now)
        return created

    def _insert_related(self, number: int, batch: StagedBatch, now: datetime) -> None:
        """Write the rows that accompany new contacts: undo record, identities, tags, consent, their first event."""
        options, stage = self._options, self._stage
        params = {"pass": number, "now": now, "change": options.change_id, "all_tags": list(options.all_tags)}
        if options.change_id is not None:
            stage.run("upsert_undo_created", params)
        if batch.identities:
            self._insert_identities("upsert_row_identity", "upsert_created", params)
        if batch.tags or options.all_tags:
            stage.run("upsert_tag_created", params)
        if batch.labels or options.all_labels:
            self._labels.give(number, now, to_created=True)
        self._insert_secondary_identities(batch, "upsert_created", params)
        self._records.addresses(batch, "upsert_created", params)
        self._records.created(number, params, now)

    # Matched contacts

    def _name_warnings(self, number: int) -> Iterable[RowIssue]:
        """Yield warnings for phones whose contact has another name (R-09)."""
        if "full_name" not in self._slots:
            return
        for row, name, existing in self._stage.read("upsert_warn_names", {"pass": number}):
            if are_different_names(name, existing):
                yield RowIssue(row, "name_mismatch", "full_name", {"value": name, "existing": existing})

    def _status_warnings(self, number: int) -> Iterable[RowIssue]:
        """Yield warnings for opt-outs that are kept (R-16)."""
        params = {
            "pass": number,
            "subscribed": Status.SUBSCRIBED.value,
            "unsubscribed": Status.UNSUBSCRIBED.value,
            "saved": Status.SAVED.value,
            "withdrawn": Consent.WITHDRAWN.value,
            "blocked": Consent.BLOCKED.value,
        }
        if self._schema.has_status:
            for row, status in self._stage.read("upsert_warn_opt_outs", params):
                code = "stays_saved" if status == Status.SAVED else "stays_unsubscribed"
                yield RowIssue(row, code, "status")

    def _apply_refusals(self, number: int, outcome: BatchOutcome, now: datetime) -> list[int]:
        """Record the refusals of rows with the contacts that they matched, whatever the policy; return whom.

        Nothing else about these contacts changes.
        """
        if self._refusals is None:
            return []
        stage, params = self._stage, {"pass": number, "change": self._options.change_id}
        stage.clear_updates()
        if not stage.execute(self._refusals.merge, params):
            return []
        if not self._is_dry_run:
            stage.run("upsert_lock_matched", params)
        if not stage.execute(self._refusals.changed):
            return []
        stage.execute(self._refusals.update, params | {"now": now})
        self._records.consents(params | {"now": now}, now)
        # A status may change where the consent was refused before.
        self._records.statuses(now)
        return self._tell_refusals(number, outcome)

    def _tell_refusals(self, number: int, outcome: BatchOutcome) -> list[int]:
        """Note the refusals that an update recorded, except with contacts that are new; return whose they are."""
        if self._refusals is None:
            return []
        own, created = ("x.contact_id < 0", "") if self._is_dry_run else ("count(own.one) > 0", _CREATED_HERE)
        found = self._stage.read(
            "upsert_refused",
            {"pass": number, "change": self._options.change_id},
            own=own,
            created=created,
            refuses=refuses(self._schema),
            refused=refused(self._schema),
        )
        outcome.warnings += [
            RowIssue(row, "refusal_recorded", "status")
            for _contact, row, is_own in sorted(found, key=itemgetter(1))
            if not is_own
        ]
        return [contact for contact, _row, _own in found]

    def _update_matched(self, number: int, batch: StagedBatch, outcome: BatchOutcome, now: datetime) -> None:
        options, stage = self._options, self._stage
        params = {
            "pass": number,
            "change": options.change_id,
            "all_tags": list(options.all_tags),
            "refused": [],
        }
        if options.policy != ConflictPolicy.OVERWRITE:
            params["refused"] = self._apply_refusals(number, outcome, now)
        stage.clear_updates()
        if options.policy != ConflictPolicy.SKIP:
            if not self._is_dry_run:
                stage.run("upsert_lock_matched", params)
            stage.execute(stage.statements.merge, params)
            stage.execute("ANALYZE upsert_merged (contact_id)")
            if options.all_tags or batch.tags:
                stage.run("upsert_tag_matched", params)
            if options.all_labels or batch.labels:
                stage.note_gained(self._labels.give(number, now, to_created=False))
            stage.execute(stage.statements.changed)
            stage.execute("ANALYZE upsert_changed (contact_id)")
        matched, updated, repeated, repeated_updated = stage.count_matched(params)
        outcome.updated += updated
        outcome.unchanged += matched - updated
        outcome.repeated += repeated
        outcome.repeated_updated += repeated_updated
        if options.policy != ConflictPolicy.SKIP:
            self._write_updates(
                params | {"now": now, "source_id": options.source_id}, batch, changed=bool(updated)
            )
        if options.policy == ConflictPolicy.OVERWRITE and updated:
            self._tell_refusals(number, outcome)

    def _write_updates(self, params: dict[str, Any], batch: StagedBatch, *, changed: bool) -> None:
        options, stage = self._options, self._stage
        self._insert_secondary_identities(batch, "upsert_matched", params)
        self._records.addresses(batch, "upsert_matched", params)
        self._insert_identities("upsert_row_identity", "upsert_matched", params)
        if not changed:
            return
        if options.change_id is not None:
            stage.save_before(params)
        stage.execute(stage.statements.update, params)
        if options.required:
            stage.execute(stage.statements.mark_complete)
        self._records.consents(params, params["now"])
        self._records.updated(params["pass"], params["now"])

    # Both

    def _insert_identities(self, identities: str, contacts: str, params: Mapping[str, Any]) -> None:
        # The accounts of a new contact are nobody's, or they would have matched.
        are_free = contacts == "upsert_created" and identities == "upsert_row_identity"
        self._stage.run(
            "upsert_identities",
            params,
            identities=identities,
            contacts=contacts,
            unambiguous=" AND NOT m.ambiguous" if contacts == "upsert_matched" else "",
            conflict="" if are_free else "ON CONFLICT DO NOTHING",
        )

    def _insert_secondary_identities(
        self, batch: StagedBatch, contacts: str, params: Mapping[str, Any]
    ) -> None:
        """Store second phone numbers and emails as identities; those that belong to another contact are skipped."""
        if not batch.secondary_identities:
            return
        table = self._stage.with_secondary_identities(batch)
        self._insert_identities(table, contacts, params)
        self._stage.execute(f"DROP TABLE {table}")


def are_different_names(name: str, other_name: str) -> bool:
    """Return whether two full names belong to two people: neither given name occurs in the other name."""
    one, other = (fold(full_name).split() for full_name in (name, other_name))
    return bool(one and other) and one[-1] not in other and other[-1] not in one
