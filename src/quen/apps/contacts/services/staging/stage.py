"""The temporary tables of a batch, and statements on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection

from quen.apps.contacts.services.staging.batch import StagedBatch
from quen.apps.contacts.services.staging.schema import StagingSchema
from quen.apps.contacts.services.staging.statements import UpsertStatements
from quen.core import sql
from quen.core.sql import Relation

#: up to this many rows the planner may still assume an empty table
_SMALL_TABLE: Final = 5_000
_TABLES: Final = ("stage", "matched", "created", "row_identity", "row_tag", "merged", "changed", "added_tag")
_IDENTITY_COLUMNS: Final = "(row int8, system text, external_id text)"


class ContactStage:
    """Holds one batch at a time in temporary tables of the connection: upsert_stage and the tables around it."""

    def __init__(self, schema: StagingSchema, statements: UpsertStatements) -> None:
        self.schema = schema
        self.statements = statements
        self._dry_run_open = False
        self._analyzed = False

    def load(self, batch: StagedBatch, tag_ids: Mapping[str, int]) -> None:
        """Create the tables and copy a batch into them."""
        self.execute(self.statements.stage)
        self._copy(self.statements.copy, [type_ for _name, type_ in self.schema.column_types()], batch.rows)
        # Autovacuum does not analyze temporary tables, and without statistics they are joined row by row.
        self.execute("ANALYZE upsert_stage (row, pass)")
        self.execute(
            "CREATE TEMP TABLE upsert_matched (row int8, pass int2, contact_id int8, ambiguous bool, by_phone bool)"
        )
        self.execute("CREATE TEMP TABLE upsert_created (row int8, pass int2, contact_id int8)")
        self.execute(f"CREATE TEMP TABLE upsert_row_identity {_IDENTITY_COLUMNS}")
        if batch.identities:
            self._copy_identities("upsert_row_identity", batch.identities)
            self.execute("ANALYZE upsert_row_identity")
        self.execute("CREATE TEMP TABLE upsert_row_tag (row int8, tag_id int8)")
        if batch.tags:
            pairs = dict.fromkeys((row, tag_ids[name]) for row, name in batch.tags)
            self._copy(
                "COPY upsert_row_tag (row, tag_id) FROM STDIN (FORMAT BINARY)", ["int8", "int8"], pairs
            )
            self.execute("CREATE INDEX ON upsert_row_tag (row)")
        self.execute(self.statements.merged_table)
        self.execute(self.statements.changed_table)
        self.execute("CREATE TEMP TABLE upsert_added_tag (contact_id int8, tag_id int8)")

    def drop(self) -> None:
        """Drop the tables of the batch."""
        self.execute("DROP TABLE " + ", ".join(f"upsert_{name}" for name in _TABLES))

    def open_dry_run(self) -> None:
        """Create the tables that keep the contacts of a dry run between batches, once."""
        if self._dry_run_open:
            return
        self.execute("DROP TABLE IF EXISTS upsert_dry_run_contact, upsert_dry_run_identity")
        self.execute(
            "CREATE TEMP TABLE upsert_dry_run_contact (row int8, phone text, email text, full_name text)"
        )
        for column in ("row", "phone", "email"):
            self.execute(f"CREATE INDEX ON upsert_dry_run_contact ({column})")
        self.execute(f"CREATE TEMP TABLE upsert_dry_run_identity {_IDENTITY_COLUMNS}")
        self.execute("CREATE INDEX ON upsert_dry_run_identity (external_id)")
        self._dry_run_open = True

    def close_dry_run(self) -> None:
        """Drop the tables of the dry run."""
        if self._dry_run_open:
            self.execute("DROP TABLE IF EXISTS upsert_dry_run_contact, upsert_dry_run_identity")
            self._dry_run_open = False

    def analyze_new_tables(self) -> None:
        """Once per writer, analyze tables that were empty a moment ago.

        Until then the planner assumes that an index on an empty table is empty, and reads the whole table for every
        row: the second batch into a new workspace took 4 s instead of 20 ms.
        """
        if self._analyzed:
            return
        self._analyzed = True
        estimate = self.rows("SELECT reltuples FROM pg_class WHERE oid = 'contacts_contact'::regclass")
        if estimate[0][0] < _SMALL_TABLE:
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

    def park(self, pass_number: int) -> None:
        """Set the handled rows of a pass aside, so that the same statements only see the rest."""
        self.run("upsert_park", {"pass": pass_number})

    def unpark(self, pass_number: int) -> None:
        """Take the handled rows back into their pass."""
        for table in ("upsert_stage", "upsert_matched"):
            self.execute(
                f"UPDATE {table} SET pass = -pass WHERE pass = -%(pass)s::int2", {"pass": pass_number}
            )

    def clear_updates(self) -> None:
        """Empty the tables of an update, for the next pass."""
        for name in ("merged", "changed", "added_tag"):
            self.execute(f"TRUNCATE upsert_{name}")

    def with_secondary_identities(self, batch: StagedBatch) -> str:
        """Create a table of a batch's secondary identities and return its name."""
        self.execute(f"CREATE TEMP TABLE upsert_secondary_identity {_IDENTITY_COLUMNS}")
        self._copy_identities("upsert_secondary_identity", batch.secondary_identities)
        return "upsert_secondary_identity"

    def unmatched(self, pass_number: int) -> list[int]:
        """Return the rows of a pass that match no contact, in order."""
        return self._numbers(
            "SELECT row FROM upsert_matched WHERE pass = %(pass)s AND contact_id IS NULL", pass_number
        )

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
        with connection.cursor() as cursor:
            cursor.execute(text, dict(params) if params else None)
            return int(cursor.rowcount)

    def rows(self, text: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        return sql.rows(Relation(text, params or {}))

    def _copy_identities(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        columns = "(row, system, external_id)"
        self._copy(f"COPY {table} {columns} FROM STDIN (FORMAT BINARY)", ["int8", "text", "text"], rows)

    def _copy(self, text: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        with connection.cursor() as cursor, cursor.copy(text) as copy:
            copy.set_types(types)
            write = copy.write_row
            for row in rows:
                write(row)
