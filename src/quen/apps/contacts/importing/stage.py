"""The staging tables of a batch: temporary tables, and ids for names of tags and sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

from quen.apps.contacts.importing.prepare import PreparedContacts, Preparer
from quen.apps.contacts.importing.staging_schema import StagingSchema
from quen.apps.contacts.importing.statements import ImportStatements
from quen.apps.contacts.types import SourceKind
from quen.core import schemas, sql
from quen.core.sql import Relation

#: imports of one workspace write their batches one after another, so they cannot deadlock each other
_BATCH_LOCK: Final = 7_306_020
#: up to this many rows the planner may still assume an empty table
_SMALL_TABLE: Final = 5_000
_TABLES: Final = ("stage", "matched", "created", "row_identity", "row_tag", "merged", "changed", "added_tag")


@dataclass(slots=True)
class ContactStage:
    """The state of one import. all_tags: tags of every row.  import_source: the source of the contacts."""

    import_id: int
    filename: str
    schema: StagingSchema
    statements: ImportStatements
    preparer: Preparer
    conflict_policy: str
    all_tags: Sequence[int]
    import_source: int | None
    required: Sequence[str]
    unique_fields: Sequence[int] = ()
    change_id: int | None = None
    proof_id: int | None = None
    is_dry_run: bool = False
    _tag_ids: dict[str, int] = field(default_factory=dict)
    _source_ids: dict[str, int] = field(default_factory=dict)
    _dry_run_open: bool = False
    _analyzed: bool = False

    def close(self) -> None:
        """Drop the tables of the dry run."""
        if self._dry_run_open:
            self._execute("DROP TABLE IF EXISTS import_dry_run_contact, import_dry_run_identity")
            self._dry_run_open = False

    def _create_dry_run_tables(self) -> None:
        self._execute("DROP TABLE IF EXISTS import_dry_run_contact, import_dry_run_identity")
        self._execute(
            "CREATE TEMP TABLE import_dry_run_contact (row int8, phone text, email text, full_name text)"
        )
        for column in ("row", "phone"):
            self._execute(f"CREATE INDEX ON import_dry_run_contact ({column})")
        self._execute("CREATE INDEX ON import_dry_run_contact (email)")
        self._execute("CREATE TEMP TABLE import_dry_run_identity (row int8, system text, external_id text)")
        self._execute("CREATE INDEX ON import_dry_run_identity (external_id)")
        self._dry_run_open = True

    def _stage(self, prepared: PreparedContacts) -> None:
        self._resolve_sources(prepared)
        self._execute(self.statements.stage)
        self._copy(
            self.statements.copy, [type_ for _name, type_ in self.schema.column_types()], prepared.rows
        )
        # Autovacuum does not analyze temporary tables, and without statistics they are joined row by row.
        self._execute("ANALYZE import_stage (row, pass)")
        self._execute(
            "CREATE TEMP TABLE import_matched (row int8, pass int2, contact_id int8, ambiguous bool, by_phone bool)"
        )
        self._execute("CREATE TEMP TABLE import_created (row int8, pass int2, contact_id int8)")
        self._execute("CREATE TEMP TABLE import_row_identity (row int8, system text, external_id text)")
        if prepared.identities:
            self._copy(
                "COPY import_row_identity (row, system, external_id) FROM STDIN (FORMAT BINARY)",
                ["int8", "text", "text"],
                prepared.identities,
            )
            self._execute("ANALYZE import_row_identity")
        self._execute("CREATE TEMP TABLE import_row_tag (row int8, tag_id int8)")
        if prepared.tags:
            ids = self._resolve_tags({name for _row, name in prepared.tags})
            pairs = dict.fromkeys((row, ids[name]) for row, name in prepared.tags)
            self._copy(
                "COPY import_row_tag (row, tag_id) FROM STDIN (FORMAT BINARY)", ["int8", "int8"], pairs
            )
            self._execute("CREATE INDEX ON import_row_tag (row)")
        self._execute(self.statements.merged_table)
        self._execute(self.statements.changed_table)
        self._execute("CREATE TEMP TABLE import_added_tag (contact_id int8, tag_id int8)")

    def _drop_tables(self) -> None:
        self._execute("DROP TABLE " + ", ".join(f"import_{name}" for name in _TABLES))

    def _analyze_new_tables(self) -> None:
        """Once per run, analyze tables that were empty a moment ago.

        Until then the planner assumes that an index on an empty table is empty, and reads the whole table for every
        row: the second batch into a new workspace took 4 s instead of 20 ms.
        """
        if self._analyzed:
            return
        self._analyzed = True
        estimate = self._rows("SELECT reltuples FROM pg_class WHERE oid = 'contacts_contact'::regclass", {})
        if estimate[0][0] < _SMALL_TABLE:
            self._execute("ANALYZE contacts_contact, contacts_contactidentity")

    def _require_proof(self) -> int:
        assert self.proof_id is not None
        return self.proof_id

    def _resolve_tags(self, names: Iterable[str]) -> dict[str, int]:
        from quen.apps.contacts import services

        missing = sorted({name for name in names if name not in self._tag_ids})
        if missing and self.is_dry_run:
            existing = {name.upper(): pk for pk, name in self._rows("SELECT id, name FROM contacts_tag", {})}
            self._tag_ids |= {name: existing.get(name.upper(), 0) for name in missing}
        else:
            for name in missing:
                self._tag_ids[name] = 0
            first = {name.upper(): name for name in reversed(missing)}
            created = dict(zip(first, services.ensure_tags(first.values()), strict=True)) if first else {}
            self._tag_ids |= {name: created[name.upper()] for name in missing}
        return self._tag_ids

    def _resolve_sources(self, prepared: PreparedContacts) -> None:
        """Replace the names of sources by their ids."""
        if not self.schema.has_source:
            return
        at = self.preparer.slots["source"]
        for name in sorted({row[at] for row in prepared.rows if row[at]} - set(self._source_ids)):
            self._source_ids[name] = self._resolve_source(name)
        for row in prepared.rows:
            row[at] = self._source_ids.get(row[at]) if row[at] else None

    def _resolve_source(self, name: str) -> int:
        from django.utils.text import slugify

        from quen.apps.contacts import services
        from quen.apps.contacts.models import Source
        from quen.core.text import fold

        existing = next(
            (source for source in Source.objects.all() if source.name.upper() == name.upper()), None
        )
        if existing is not None or self.is_dry_run:
            return existing.pk if existing else 0
        code = f"{SourceKind.IMPORT}-{slugify(fold(name))[:40] or 'file'}"
        return services.ensure_source(code=code, name=name, kind=SourceKind.IMPORT).pk

    def _count_unmatched(self, pass_number: int) -> int:
        found = self._rows(
            "SELECT count(*) FROM import_matched WHERE pass = %(pass)s AND contact_id IS NULL",
            {"pass": pass_number},
        )
        return int(found[0][0])

    def _count_not_created(self, pass_number: int) -> int:
        found = self._rows(
            "SELECT count(*) FROM import_matched m WHERE pass = %(pass)s AND contact_id IS NULL"
            " AND NOT EXISTS (SELECT FROM import_created x WHERE x.row = m.row)",
            {"pass": pass_number},
        )
        return int(found[0][0])

    def _match(self, pass_number: int) -> None:
        self._execute(self.statements.match, {"pass": pass_number})
        self._execute("ANALYZE import_matched")

    def _execute(self, text: str, params: Mapping[str, Any] | None = None) -> int:
        with connection.cursor() as cursor:
            cursor.execute(text, dict(params) if params else None)
            return int(cursor.rowcount)

    def _rows(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return sql.rows(Relation(text, params))

    def _copy(self, text: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        with connection.cursor() as cursor, cursor.copy(text) as copy:
            copy.set_types(types)
            write = copy.write_row
            for row in rows:
                write(row)


def lock_key() -> int:
    """Return a lock key for this workspace: PostgreSQL's advisory locks are not per schema."""
    import hashlib

    digest = hashlib.blake2b(f"{_BATCH_LOCK}:{schemas.current()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
