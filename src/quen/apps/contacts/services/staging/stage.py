"""The temporary tables of a batch, and statements on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from django.db import connection

from quen.apps.contacts.models import Contact
from quen.apps.contacts.services.staging.batch import StagedBatch
from quen.apps.contacts.services.staging.schema import StagingSchema
from quen.apps.contacts.services.staging.statements import UpsertStatements
from quen.core import citus, sql
from quen.core.sql import Relation

#: below so many rows the planner may still assume an empty table; above it reckons with what the table has grown by
_SMALL_TABLE: Final = 500
_TABLES: Final = ("stage", "matched", "created", "row_identity", "row_tag", "merged", "changed", "added_tag")
_IDENTITY_COLUMNS: Final = "(row int8, system text, external_id text)"
#: the tables that a dry run writes to copies of
_CONTACT_TABLES: Final = re.compile(r"\bcontacts_(contact|contactidentity|contacttag)\b")
_DRY_RUN_TABLES: Final = (
    "upsert_dry_run_contact, upsert_dry_run_contactidentity, upsert_dry_run_contacttag, upsert_seen"
)
#: new contacts of a dry run have keys from here on, which are nobody's and as new ones in ascending order
_FIRST_DRY_RUN_KEY: Final = -(1 << 62)


class ContactStage:
    """Holds one batch at a time in temporary tables of the connection: upsert_stage and the tables around it.

    In a dry run the same statements read and write copies of the contacts that the file is about.
    """

    def __init__(
        self,
        schema: StagingSchema,
        statements: UpsertStatements,
        *,
        counts_repeats: bool = False,
        is_dry_run: bool = False,
    ) -> None:
        self.schema = schema
        self.statements = statements
        self._counts_repeats = counts_repeats
        self._is_dry_run = is_dry_run
        self._dry_run_open = False
        self._copied_batches = 0
        self._analyzed = False
        self._written = False

    def load(self, batch: StagedBatch, tag_ids: Mapping[str, int]) -> None:
        """Create the tables and copy a batch into them."""
        # In one statement: this thread waits for the one that parses after every answer of the server.
        self.execute(";\n".join(self._tables()))
        self._copy(self.statements.copy, [type_ for _name, type_ in self.schema.column_types()], batch.rows)
        # Autovacuum does not analyze temporary tables, and without statistics they are joined row by row.
        self.execute("ANALYZE upsert_stage (row, pass)")
        if batch.identities:
            self._copy_identities("upsert_row_identity", batch.identities)
            self.execute("ANALYZE upsert_row_identity")
        if batch.tags:
            pairs = dict.fromkeys((row, tag_ids[name]) for row, name in batch.tags)
            self._copy(
                "COPY upsert_row_tag (row, tag_id) FROM STDIN (FORMAT BINARY)", ["int8", "int8"], pairs
            )
            self.execute("CREATE INDEX ON upsert_row_tag (row)")

    def _tables(self) -> Iterator[str]:
        yield self.statements.stage
        yield "CREATE TEMP TABLE upsert_matched (row int8, pass int2, contact_id int8, ambiguous bool, by_phone bool)"
        yield "CREATE TEMP TABLE upsert_created (row int8, pass int2, contact_id int8)"
        yield f"CREATE TEMP TABLE upsert_row_identity {_IDENTITY_COLUMNS}"
        yield "CREATE TEMP TABLE upsert_row_tag (row int8, tag_id int8)"
        yield self.statements.merged_table
        yield self.statements.changed_table
        yield "CREATE TEMP TABLE upsert_added_tag (contact_id int8, tag_id int8)"
        if self._counts_repeats:
            yield "CREATE TEMP TABLE IF NOT EXISTS upsert_seen (contact_id int8 PRIMARY KEY)"

    def contacts_of_pass(self, pass_number: int, *, created: bool) -> list[tuple[int, int]]:
        """Return the rows of a pass with the contacts that they created, or that they matched."""
        text = (
            "SELECT row, contact_id FROM upsert_created WHERE pass = %(pass)s"
            if created
            else "SELECT row, contact_id FROM upsert_matched"
            " WHERE pass = %(pass)s AND contact_id IS NOT NULL AND NOT ambiguous"
        )
        return [(row, contact_id) for row, contact_id in self.rows(text, {"pass": pass_number})]

    def note_gained(self, contact_ids: Iterable[int]) -> None:
        """Note contacts that gain something beside tags, so that they count as changed."""
        rows = [(contact_id, None) for contact_id in contact_ids]
        if rows:
            text = "COPY upsert_added_tag (contact_id, tag_id) FROM STDIN (FORMAT BINARY)"
            self._copy(text, ["int8", "int8"], rows)

    def drop(self) -> None:
        """Drop the tables of the batch."""
        self.execute("DROP TABLE " + ", ".join(f"upsert_{name}" for name in _TABLES))

    def open_dry_run(self, unique_fields: Sequence[int]) -> None:
        """Create the copies to which a dry run writes, once. They are empty; see copy_known."""
        if self._dry_run_open:
            return
        self._execute(f"DROP TABLE IF EXISTS {_DRY_RUN_TABLES}")
        contact = (
            f"CREATE TEMP TABLE upsert_dry_run_contact AS SELECT {_contact_columns()} FROM contacts_contact"
        )
        self._execute(f"{contact} WITH NO DATA")
        self._execute(
            "ALTER TABLE upsert_dry_run_contact ALTER COLUMN id SET NOT NULL, ADD PRIMARY KEY (id),"
            " ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY"
            f" (MINVALUE {_FIRST_DRY_RUN_KEY} START {_FIRST_DRY_RUN_KEY})"
        )
        for column in ("phone", "email"):
            self._execute(
                f"CREATE UNIQUE INDEX ON upsert_dry_run_contact ({column}) WHERE deleted_at IS NULL"
            )
        for key in unique_fields:
            self._execute(f"CREATE INDEX ON upsert_dry_run_contact ((attrs ->> '{int(key)}'))")
        self._execute(
            "CREATE TEMP TABLE upsert_dry_run_contactidentity AS SELECT contact_id, system, external_id, created_at,"
            " deleted_at FROM contacts_contactidentity WITH NO DATA"
        )
        self._execute(
            "CREATE UNIQUE INDEX ON upsert_dry_run_contactidentity (system, external_id) WHERE deleted_at IS NULL"
        )
        self._execute(
            "CREATE TEMP TABLE upsert_dry_run_contacttag (contact_id int8, tag_id int8,"
            " PRIMARY KEY (contact_id, tag_id))"
        )
        self._dry_run_open = True

    def copy_known(self, batch: StagedBatch, unique_fields: Sequence[int]) -> None:
        """Copy the contacts that a batch of a dry run is about, unless an earlier batch has copied them."""
        table = self.with_secondary_identities(batch)
        taken = "".join(
            f"""
 UNION
SELECT c.id
  FROM upsert_stage s
  JOIN contacts_contact c ON c.attrs ->> '{key:d}' = s.attrs::jsonb ->> '{key:d}' AND c.deleted_at IS NULL"""
            for key in unique_fields
        )
        if batch.identities or batch.secondary_identities:
            self._execute(sql.text("contacts/upsert_dry_run_identities", secondary=table))
        known = sql.rows(Relation(sql.text("contacts/upsert_dry_run_known", taken=taken)))
        new = sql.rows(
            Relation(sql.text("contacts/upsert_dry_run_new", secondary=table), {"known": _array(known)})
        )
        self._execute(f"DROP TABLE {table}")
        if new:
            columns = _contact_columns()
            self._execute(sql.text("contacts/upsert_dry_run_copy", columns=columns), {"new": _array(new)})
            self._execute(sql.text("contacts/upsert_dry_run_copy_tags"), {"new": _array(new)})
        self._copied_batches += 1
        if self._copied_batches.bit_count() == 1:
            # After the first, second, fourth… batch: without statistics each row of a batch reads the whole copy.
            columns = "" if unique_fields else " (id, phone, email)"
            self._execute(f"ANALYZE upsert_dry_run_contact{columns}, upsert_dry_run_contactidentity")

    def count_matched(self, params: Mapping[str, Any]) -> tuple[int, int, int, int]:
        """Return how many rows of a pass matched a contact, changed it, repeat an earlier row of the file, and both.

        Whom they matched is kept, so that later rows about them count as repeated.
        """
        seen = "EXISTS (SELECT 1 FROM upsert_seen t WHERE t.contact_id = m.contact_id)"
        if self._has_written(params["change"]):
            self.run("upsert_seen_before", params)
        [(matched, changed, repeated, both)] = self.read(
            "upsert_count_matched", params, seen=seen if self._counts_repeats else "false"
        )
        if self._counts_repeats:
            self.run("upsert_seen", params)
        return matched, changed, repeated, both

    def _has_written(self, change_id: int | None) -> bool:
        """Return whether the import has written anybody yet, so that nobody is looked up in vain."""
        if change_id is not None and not self._written:
            text = "SELECT EXISTS (SELECT 1 FROM contacts_bulkchangerow WHERE change_id = %(change)s)"
            [(self._written,)] = self.rows(text, {"change": change_id})
        return self._written

    def save_before(self, params: Mapping[str, Any]) -> None:
        """Store the contacts of upsert_changed as they are, for undo."""
        untagged = self.rows(
            "SELECT contact_id FROM upsert_changed EXCEPT SELECT contact_id FROM upsert_added_tag"
        )
        if untagged:
            self.run("upsert_save_before", {**params, "contacts": _array(untagged)})
        self.run("upsert_save_before_tagged", params)

    def close(self) -> None:
        """Drop what was kept between batches."""
        self._execute(f"DROP TABLE IF EXISTS {_DRY_RUN_TABLES}")
        self._dry_run_open = False

    @property
    def has_analyzed(self) -> bool:
        """Return whether analyze_new_tables has been called."""
        return self._analyzed

    def skip_analyze(self) -> None:
        """Leave the analysis of new tables to another writer: it waits for every other one to end."""
        self._analyzed = True

    def any_known(self, *, has_repeats: bool) -> bool:
        """Match the rows of the first pass; return whether any row of the batch matches a contact."""
        if has_repeats:
            self.match(2)
        known = self.count("m.contact_id IS NOT NULL", 2) > 0
        if has_repeats:
            self.execute("TRUNCATE upsert_matched")
        if not known:
            self.match(1)
            known = self.count("m.contact_id IS NOT NULL", 1) > 0
        return known

    def analyze_new_tables(self) -> None:
        """Once per writer, analyze tables that were empty a moment ago.

        Until then the planner assumes that an index on an empty table is empty, and reads the whole table for every
        row: the second batch into a new workspace took 4 s instead of 20 ms.
        """
        if self._analyzed:
            return
        self._analyzed = True
        if citus.estimated_rows("contacts_contact") < _SMALL_TABLE:
            self.execute("ANALYZE contacts_contact, contacts_contactidentity")

    def match(self, pass_number: int) -> None:
        """Match the rows of a pass with contacts."""
        self.execute(self.statements.match, {"pass": pass_number})
        self.execute("ANALYZE upsert_matched")

    def defer(self, rows: Sequence[int], *, to_pass: int) -> None:
        """Move rows to another pass, where they are matched again."""
        self.execute("DELETE FROM upsert_matched WHERE row = ANY(%(rows)s)", {"rows": list(rows)})
        self.execute(
            "UPDATE upsert_stage SET pass = %(pass)s WHERE row = ANY(%(rows)s)",
            {"pass": to_pass, "rows": list(rows)},
        )

    def clear_updates(self) -> None:
        """Empty the tables of an update, for the next pass."""
        self.execute("TRUNCATE upsert_merged, upsert_changed, upsert_added_tag")

    def with_secondary_identities(self, batch: StagedBatch) -> str:
        """Create a table of a batch's secondary identities and return its name."""
        self.execute(f"CREATE TEMP TABLE upsert_secondary_identity {_IDENTITY_COLUMNS}")
        self._copy_identities("upsert_secondary_identity", batch.secondary_identities)
        return "upsert_secondary_identity"

    def contact_ids(self) -> dict[int, int]:
        """Return the contacts of all rows that have one, by row."""
        created = self.rows("SELECT row, contact_id FROM upsert_created")
        matched = "SELECT row, contact_id FROM upsert_matched WHERE contact_id IS NOT NULL AND NOT ambiguous"
        return dict([*created, *self.rows(matched)])

    def created(self, pass_number: int) -> list[int]:
        """Return the rows of a pass whose contacts were created, in order."""
        return self._numbers("SELECT row FROM upsert_created WHERE pass = %(pass)s", pass_number)

    def ambiguous(self, pass_number: int) -> list[int]:
        """Return the rows of a pass that match two contacts, in order."""
        return self._numbers(
            "SELECT row FROM upsert_matched WHERE pass = %(pass)s AND ambiguous", pass_number
        )

    def staged(self, pass_number: int) -> list[int]:
        """Return the rows of a pass, in order."""
        return self._numbers("SELECT row FROM upsert_stage WHERE pass = %(pass)s", pass_number)

    def count(self, condition: str, pass_number: int) -> int:
        """Return the number of rows of upsert_matched in a pass that meet a condition."""
        text = f"SELECT count(*) FROM upsert_matched m WHERE m.pass = %(pass)s AND {condition}"
        return int(self.rows(text, {"pass": pass_number})[0][0])

    def _numbers(self, text: str, pass_number: int) -> list[int]:
        return [number for (number,) in self.rows(f"{text} ORDER BY row", {"pass": pass_number})]

    def run(self, name: str, params: Mapping[str, Any], **pieces: str) -> int:
        """Execute sql/<name>.sql and return the number of rows. pieces: SQL for its gaps."""
        return self.execute(sql.text(f"contacts/{name}", **pieces), params)

    def read(self, name: str, params: Mapping[str, Any], **pieces: str) -> list[tuple[Any, ...]]:
        """Return the rows of sql/<name>.sql."""
        return self.rows(sql.text(f"contacts/{name}", **pieces), params)

    def execute(self, text: str, params: Mapping[str, Any] | None = None) -> int:
        """Execute a statement and return the number of rows."""
        return self._execute(_on_copies(text) if self._is_dry_run else text, params)

    @staticmethod
    def _execute(text: str, params: Mapping[str, Any] | None = None) -> int:
        with connection.cursor() as cursor:
            cursor.execute(text, dict(params) if params else None)
            return int(cursor.rowcount)

    def rows(self, text: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        return sql.rows(Relation(_on_copies(text) if self._is_dry_run else text, params or {}))

    def _copy_identities(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        columns = "(row, system, external_id)"
        self._copy(f"COPY {table} {columns} FROM STDIN (FORMAT BINARY)", ["int8", "text", "text"], rows)

    def _copy(self, text: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        with connection.cursor() as cursor, cursor.copy(text) as copy:
            copy.set_types(types)
            write = copy.write_row
            for row in rows:
                write(row)


def _array(rows: Iterable[tuple[Any, ...]]) -> str:
    return sql.array(number for (number,) in rows)


@lru_cache(maxsize=500)
def _on_copies(text: str) -> str:
    """Return a statement that reads and writes the copies of a dry run."""
    return _CONTACT_TABLES.sub(r"upsert_dry_run_\1", text)


def _contact_columns() -> str:
    """Return the columns of a contact that a dry run copies; the text for the search box is none of them."""
    return ", ".join(
        field.column for field in Contact._meta.concrete_fields if field.column and not field.generated
    )
