"""Turn a batch of staged rows into contacts with a bounded number of statements, whatever the number of rows.

Order within a batch: rows whose identifiers occur for the first time match existing contacts or create new ones (pass
1); then rows that repeat an identifier of the batch match those (pass 2). Rows that still match nobody, because the
row before them was refused, are handled in further passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.utils import OperationalError

from quen.apps.contacts.importing.prepare import PreparedContacts, are_different_names
from quen.apps.contacts.importing.stage import ContactStage, lock_key
from quen.apps.contacts.types import Consent, Status
from quen.apps.events import services as events
from quen.apps.import_export.registry import BatchOutcome, Row, RowIssue
from quen.apps.import_export.types import ConflictPolicy
from quen.core import sql
from quen.core.sql import Relation

#: the lock that services take before they write a unique custom value
_UNIQUE_LOCK: Final = 7_306_010
#: attempts to match rows again after a conflict with another writer
_MAX_ATTEMPTS: Final = 5
#: more than two passes are needed only when rows of one batch share identifiers crosswise
_MAX_PASSES: Final = 200


@dataclass(slots=True)
class ContactUpserter(ContactStage):
    """Writes one import. all_tags: tags of every row.  import_source: the source of the contacts."""

    def prepare(self, rows: Sequence[Row]) -> PreparedContacts:
        """Parse cells into staged rows, without the database."""
        return self.preparer.prepare(rows)

    def write(self, prepared: PreparedContacts, *, now: datetime) -> BatchOutcome:
        """Write a batch inside the caller's transaction."""
        outcome = BatchOutcome(refused=list(prepared.refused), warnings=list(prepared.warnings))
        if not prepared.rows:
            return outcome
        self._execute("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": lock_key()})
        self._stage(prepared)
        self._run_passes(prepared, outcome, now)
        self._drop_tables()
        self._analyze_new_tables()
        self._execute(
            "UPDATE contacts_bulkchange SET data = jsonb_set(data, '{instants}',"
            " coalesce(data -> 'instants', '[]') || to_jsonb(%(instant)s::text)), count = count + %(count)s"
            " WHERE id = %(change)s",
            {
                "instant": now.astimezone(UTC).strftime("%Y%m%d%H%M%S%f"),
                "count": outcome.created + outcome.updated,
                "change": self.change_id,
            },
        )
        return outcome

    def dry_run(self, prepared: PreparedContacts) -> BatchOutcome:
        """Return what write would do. Contacts created in the dry run are kept in temporary tables until close."""
        outcome = BatchOutcome(refused=list(prepared.refused), warnings=list(prepared.warnings))
        if not self._dry_run_open:
            self._create_dry_run_tables()
        if prepared.rows:
            self._stage(prepared)
            self._run_passes(prepared, outcome, None)
            self._drop_tables()
        return outcome

    def _run_passes(self, prepared: PreparedContacts, outcome: BatchOutcome, now: datetime | None) -> None:
        self._run_pass(1, prepared, outcome, now)
        pass_number = 2 if prepared.has_repeats else 0
        while pass_number:
            self._match(pass_number)
            deferred = self._defer_conflicts(prepared, pass_number)
            self._apply_pass(pass_number, prepared, outcome, now)
            pass_number = pass_number + 1 if deferred else 0
            if pass_number > _MAX_PASSES:
                self._refuse_remaining(outcome, pass_number)
                return

    def _run_pass(
        self, pass_number: int, prepared: PreparedContacts, outcome: BatchOutcome, now: datetime | None
    ) -> None:
        self._match(pass_number)
        self._apply_pass(pass_number, prepared, outcome, now)

    def _defer_conflicts(self, prepared: PreparedContacts, pass_number: int) -> bool:
        """Move rows to the next pass whose identifiers an earlier row of this pass may assign to another contact;
        return whether there are any.

        When existing contacts stay unchanged, only new ones can change what a row matches.
        """
        rows = {row[0]: row for row in prepared.rows}
        systems: dict[int, list[Any]] = {}
        for number, system, external_id in prepared.identities:
            systems.setdefault(number, []).append((system, external_id))
        phone, email = self.preparer.slots["phone"], self.preparer.slots["email"]
        owners: dict[Any, int] = {}
        deferred_rows = []
        matched = self._rows(
            "SELECT row, contact_id FROM import_matched WHERE pass = %(pass)s AND NOT ambiguous ORDER BY row",
            {"pass": pass_number},
        )
        for number, contact_id in matched:
            if contact_id is not None and self.conflict_policy == ConflictPolicy.SKIP:
                continue
            keys = [key for key in (rows[number][phone], rows[number][email]) if key] + systems.get(
                number, []
            )
            # No contact yet: a number of its own, below those of the dry run's contacts.
            owner = contact_id if contact_id is not None else -(1 << 62) - number
            if any(owners.get(key, owner) != owner for key in keys):
                deferred_rows.append(number)
            else:
                owners |= dict.fromkeys(keys, owner)
        if deferred_rows:
            self._execute("DELETE FROM import_matched WHERE row = ANY(%(rows)s)", {"rows": deferred_rows})
            self._execute(
                "UPDATE import_stage SET pass = %(pass)s WHERE row = ANY(%(rows)s)",
                {"pass": pass_number + 1, "rows": deferred_rows},
            )
        return bool(deferred_rows)

    def _refuse_remaining(self, outcome: BatchOutcome, pass_number: int) -> None:
        found = self._rows("SELECT row FROM import_stage WHERE pass = %(pass)s", {"pass": pass_number})
        outcome.refused += [RowIssue(row, "ambiguous_contact") for (row,) in found]

    def _apply_pass(
        self, pass_number: int, prepared: PreparedContacts, outcome: BatchOutcome, now: datetime | None
    ) -> None:
        """Create the new contacts of a pass, then update those that rows matched."""
        self._drop_duplicate_unique_values(pass_number, outcome)
        created = (
            self._insert_dry_run(pass_number, prepared)
            if now is None
            else self._insert_contacts(pass_number, prepared, now)
        )
        outcome.created += created
        if created and prepared.missing_fields:
            created_rows = (
                "import_matched WHERE pass = %(pass)s AND contact_id IS NULL"
                if now is None
                else "import_created WHERE pass = %(pass)s"
            )
            numbers = self._rows(f"SELECT row FROM {created_rows} ORDER BY row", {"pass": pass_number})
            outcome.warnings += [
                RowIssue(row, "incomplete", prepared.missing_fields[row].partition(",")[0])
                for (row,) in numbers
                if row in prepared.missing_fields
            ]
        matched = self._rows(
            "SELECT count(*) FILTER (WHERE ambiguous), count(*) FILTER (WHERE contact_id IS NOT NULL)"
            " FROM import_matched WHERE pass = %(pass)s",
            {"pass": pass_number},
        )[0]
        if matched[0]:
            found = self._rows(
                "SELECT row FROM import_matched WHERE pass = %(pass)s AND ambiguous ORDER BY row",
                {"pass": pass_number},
            )
            outcome.refused += [RowIssue(row, "ambiguous_contact") for (row,) in found]
        if matched[1] > matched[0]:
            self._add_warnings(pass_number, outcome)
            self._update_matched(pass_number, prepared, outcome, now)

    def _drop_duplicate_unique_values(self, pass_number: int, outcome: BatchOutcome) -> None:
        """Leave out unique values that another contact has. Other writers of such values wait for the lock."""
        for key in self.unique_fields:
            if not self.is_dry_run:
                self._execute("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": _UNIQUE_LOCK})
            statement = sql.text("contacts/import_drop_duplicate_values", field=str(int(key)))
            taken = self._rows(statement, {"pass": pass_number, "key": str(key)})
            outcome.warnings += [
                RowIssue(row, "value_not_unique", f"field_{key}") for (row,) in sorted(taken)
            ]

    def _insert_contacts(self, pass_number: int, prepared: PreparedContacts, now: datetime) -> int:
        params = {"pass": pass_number, "now": now, "import_source": self.import_source}
        expected = self._count_unmatched(pass_number)
        if not expected:
            return 0
        created = self._execute(self.statements.create, params)
        if created < expected:
            created += self._execute(self.statements.create_bare, params)
        for _attempt in range(_MAX_ATTEMPTS):
            if created == expected:
                break
            created += self._rematch_after_race(pass_number, params)
            expected = created + self._count_not_created(pass_number)
        else:
            raise OperationalError("rows of an import settle with nobody")
        self._insert_related(pass_number, prepared, now)
        return created

    def _rematch_after_race(self, pass_number: int, params: Mapping[str, Any]) -> int:
        """Match the rows again that another writer's contacts conflicted with, and create contacts for the rest."""
        self._execute(
            "DELETE FROM import_matched m WHERE pass = %(pass)s AND contact_id IS NULL"
            " AND NOT EXISTS (SELECT FROM import_created x WHERE x.row = m.row)",
            params,
        )
        parked = {"pass": pass_number, "parked": -pass_number}
        # Rows that are already handled get another pass number, so that the same statements only see the rest.
        self._execute(
            "UPDATE import_stage s SET pass = %(parked)s WHERE pass = %(pass)s"
            " AND EXISTS (SELECT FROM import_matched m WHERE m.row = s.row)",
            parked,
        )
        self._execute("UPDATE import_matched SET pass = %(parked)s WHERE pass = %(pass)s", parked)
        self._execute(self.statements.match, {"pass": pass_number})
        created = self._execute(self.statements.create, params) if self._count_unmatched(pass_number) else 0
        for table in ("import_stage", "import_matched"):
            self._execute(f"UPDATE {table} SET pass = %(pass)s WHERE pass = %(parked)s", parked)
        return created

    def _insert_related(self, pass_number: int, prepared: PreparedContacts, now: datetime) -> None:
        """Write the rows that accompany new contacts: undo record, identities, tags, consent, their first event."""
        params = {"pass": pass_number, "now": now, "change": self.change_id}
        self._execute(
            "INSERT INTO contacts_bulkchangerow (change_id, contact_id)"
            " SELECT %(change)s, contact_id FROM import_created WHERE pass = %(pass)s",
            params,
        )
        if prepared.identities:
            self._execute(_IDENTITIES.format(rows="import_created", extra_condition=""), params)
        if prepared.tags:
            self._execute(sql.text("contacts/import_tag_created"), params | {"all_tags": list(self.all_tags)})
        elif self.all_tags:
            self._execute(sql.text("contacts/import_tag_all"), params | {"all_tags": list(self.all_tags)})
        for channel in self.schema.channels:
            self._execute(
                "INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)"
                f" SELECT x.contact_id, %(channel)s, 'marketing', s.consent_{channel}, %(proof)s, %(now)s"
                f" FROM import_created x JOIN import_stage s ON s.row = x.row"
                f" WHERE x.pass = %(pass)s AND s.consent_{channel} <> 0",
                params | {"channel": channel, "proof": self._require_proof()},
            )
        self._store_secondary_identities(prepared, "import_created", pass_number, now)
        self._record_imported(
            f"SELECT contact_id, row AS ref FROM import_created WHERE pass = {pass_number:d}", now
        )

    def _add_warnings(self, pass_number: int, outcome: BatchOutcome) -> None:
        """Add warnings for phones whose contact has another name (R-09) and for opt-outs that are kept (R-16)."""
        if "full_name" in self.preparer.slots:
            tables = ["contacts_contact c ON c.id = m.contact_id"]
            tables += ["import_dry_run_contact c ON c.row = -m.contact_id"] if self.is_dry_run else []
            different = [
                found
                for table in tables
                for found in self._rows(
                    "SELECT m.row, s.full_name, c.full_name FROM import_matched m JOIN import_stage s ON s.row = m.row"
                    f" JOIN {table} WHERE m.pass = %(pass)s AND m.by_phone AND NOT m.ambiguous"
                    " AND s.full_name <> '' AND c.full_name <> '' AND s.full_name <> c.full_name",
                    {"pass": pass_number},
                )
            ]
            outcome.warnings += [
                RowIssue(row, "name_mismatch", "full_name", {"value": name, "existing": current})
                for row, name, current in different
                if are_different_names(name, current)
            ]
        if self.schema.has_status:
            unchanged = self._rows(
                "SELECT m.row, c.status FROM import_matched m JOIN import_stage s ON s.row = m.row"
                " JOIN contacts_contact c ON c.id = m.contact_id"
                " WHERE m.pass = %(pass)s AND NOT m.ambiguous AND s.status = %(subscribed)s"
                " AND (c.status IN (%(unsubscribed)s, %(saved)s) OR c.consent_email IN (%(withdrawn)s, %(blocked)s))",
                {
                    "pass": pass_number,
                    "subscribed": Status.SUBSCRIBED.value,
                    "unsubscribed": Status.UNSUBSCRIBED.value,
                    "saved": Status.SAVED.value,
                    "withdrawn": Consent.WITHDRAWN.value,
                    "blocked": Consent.BLOCKED.value,
                },
            )
            outcome.warnings += [
                RowIssue(row, "stays_saved" if current == Status.SAVED else "stays_unsubscribed", "status")
                for row, current in unchanged
            ]
        if self.schema.has_status and self.conflict_policy != ConflictPolicy.OVERWRITE:
            refusing = self._rows(
                "SELECT m.row FROM import_matched m JOIN import_stage s ON s.row = m.row"
                " JOIN contacts_contact c ON c.id = m.contact_id"
                " WHERE m.pass = %(pass)s AND NOT m.ambiguous"
                " AND s.status = %(unsubscribed)s AND c.status = %(subscribed)s",
                {
                    "pass": pass_number,
                    "subscribed": Status.SUBSCRIBED.value,
                    "unsubscribed": Status.UNSUBSCRIBED.value,
                },
            )
            outcome.warnings += [RowIssue(row, "unsubscribe_ignored", "status") for (row,) in refusing]

    def _update_matched(
        self, pass_number: int, prepared: PreparedContacts, outcome: BatchOutcome, now: datetime | None
    ) -> None:
        if self.conflict_policy != ConflictPolicy.SKIP:
            for name in ("merged", "changed", "added_tag"):
                self._execute(f"TRUNCATE import_{name}")
            if now is not None:
                # In key order, so that two writers cannot deadlock.
                self._execute(
                    "SELECT id FROM contacts_contact WHERE id IN (SELECT contact_id FROM import_matched"
                    " WHERE pass = %(pass)s AND NOT ambiguous) ORDER BY id FOR NO KEY UPDATE",
                    {"pass": pass_number},
                )
            self._execute(self.statements.merge, {"pass": pass_number})
            self._execute("ANALYZE import_merged (contact_id)")
            if self.all_tags or prepared.tags:
                statement = "contacts/import_tag_dry_run" if now is None else "contacts/import_tag_matched"
                self._execute(sql.text(statement), {"pass": pass_number, "all_tags": list(self.all_tags)})
            self._execute(self.statements.changed)
            self._execute("ANALYZE import_changed (contact_id)")
        matched, updated, repeated = self._rows(
            sql.text("contacts/import_count_matched"), {"pass": pass_number, "change": self.change_id}
        )[0]
        outcome.updated += updated
        outcome.unchanged += matched - updated
        outcome.repeated += repeated
        if now is not None and self.conflict_policy != ConflictPolicy.SKIP:
            self._store_secondary_identities(prepared, "import_matched", pass_number, now)
            self._write_updates(pass_number, now, changed=bool(updated))

    def _write_updates(self, pass_number: int, now: datetime, *, changed: bool) -> None:
        params = {
            "pass": pass_number,
            "now": now,
            "change": self.change_id,
            "import_source": self.import_source,
        }
        self._execute(
            _IDENTITIES.format(rows="import_matched", extra_condition=" AND NOT m.ambiguous"), params
        )
        if not changed:
            return
        self._execute(sql.text("contacts/import_save_before"), params)
        self._execute(self.statements.update, params)
        if self.required:
            self._execute(self.statements.mark_complete)
        for channel in self.schema.channels:
            self._execute(
                "INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)"
                f" SELECT c.id, %(channel)s, 'marketing', c.consent_{channel}, %(proof)s, %(now)s"
                " FROM import_changed x JOIN contacts_contact c ON c.id = x.contact_id"
                f" WHERE c.consent_{channel} <> x.consent_{channel}",
                params | {"channel": channel, "proof": self._require_proof()},
            )
        self._record_imported(
            "SELECT m.contact_id, max(m.row) AS ref FROM import_matched m JOIN import_changed x"
            f" ON x.contact_id = m.contact_id WHERE m.pass = {pass_number:d} GROUP BY m.contact_id",
            now,
        )

    def _store_secondary_identities(
        self, prepared: PreparedContacts, table: str, pass_number: int, now: datetime
    ) -> None:
        """Store second phone numbers and emails as identities; those that belong to another contact are skipped."""
        if not prepared.secondary_identities:
            return
        self._execute("CREATE TEMP TABLE import_secondary_identity (row int8, system text, external_id text)")
        self._copy(
            "COPY import_secondary_identity (row, system, external_id) FROM STDIN (FORMAT BINARY)",
            ["int8", "text", "text"],
            prepared.secondary_identities,
        )
        self._execute(
            "INSERT INTO contacts_contactidentity (contact_id, system, external_id, created_at)"
            " SELECT DISTINCT ON (a.system, a.external_id) m.contact_id, a.system, a.external_id, %(now)s"
            f" FROM import_secondary_identity a JOIN {table} m ON m.row = a.row"
            " WHERE m.pass = %(pass)s AND m.contact_id IS NOT NULL"
            " ORDER BY a.system, a.external_id, a.row ON CONFLICT DO NOTHING",
            {"now": now, "pass": pass_number},
        )
        self._execute("DROP TABLE import_secondary_identity")

    def _record_imported(self, tables: str, now: datetime) -> None:
        events.record_relation(
            "contact_imported",
            Relation(tables, {}, ("contact_id", "ref")),
            at=now,
            data={"import": self.import_id, "file": self.filename},
        )

    def _insert_dry_run(self, pass_number: int, prepared: PreparedContacts) -> int:
        name = "s.full_name" if "full_name" in self.preparer.slots else "''"
        created = self._execute(
            f"INSERT INTO import_dry_run_contact (row, phone, email, full_name) SELECT s.row, s.phone, s.email, {name}"
            " FROM import_stage s JOIN import_matched m ON m.row = s.row"
            " WHERE m.pass = %(pass)s AND m.contact_id IS NULL",
            {"pass": pass_number},
        )
        if prepared.identities:
            self._execute(
                "INSERT INTO import_dry_run_identity (row, system, external_id)"
                " SELECT x.row, x.system, x.external_id FROM import_row_identity x"
                " JOIN import_matched m ON m.row = x.row WHERE m.pass = %(pass)s AND m.contact_id IS NULL",
                {"pass": pass_number},
            )
        return created


_IDENTITIES: Final = (
    "INSERT INTO contacts_contactidentity (contact_id, system, external_id, created_at)"
    " SELECT DISTINCT ON (x.system, x.external_id) m.contact_id, x.system, x.external_id, %(now)s"
    " FROM import_row_identity x JOIN {rows} m ON m.row = x.row"
    " WHERE m.pass = %(pass)s AND m.contact_id IS NOT NULL{extra_condition}"
    " ORDER BY x.system, x.external_id, x.row ON CONFLICT DO NOTHING"
)
