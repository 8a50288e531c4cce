"""The tables of one schema during a conversion: locked, counted, copied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql

_TABLES = """
SELECT c.relname FROM pg_class c
 WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
 ORDER BY c.relname"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = %s ORDER BY 1"
_COLUMNS = """
SELECT a.attname FROM pg_attribute a
 WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
 ORDER BY a.attnum"""
_UNFIT = """
SELECT DISTINCT c.relname FROM pg_class c
 WHERE c.relnamespace = %(schema)s::regnamespace
   AND (EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
        OR EXISTS (SELECT 1 FROM pg_constraint k JOIN pg_class r ON r.oid = k.confrelid
                    WHERE k.conrelid = c.oid AND r.relnamespace <> c.relnamespace)
        OR EXISTS (SELECT 1 FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid
                    WHERE k.confrelid = c.oid AND r.relnamespace <> c.relnamespace))"""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Rows by table, and the last value of every sequence (None of one that was never used)."""

    counts: dict[str, int]
    sequences: dict[str, int | None]

    @property
    def total(self) -> int:
        """Return the rows of all tables."""
        return sum(self.counts.values())

    def differences(self, other: SchemaState) -> list[str]:
        """Return the tables and sequences in which another state differs."""
        pairs = ((self.counts, other.counts), (self.sequences, other.sequences))
        names = (
            name
            for ours, theirs in pairs
            for name in sorted({*ours, *theirs})
            if name not in ours or name not in theirs or ours[name] != theirs[name]
        )
        return list(names)


def tables(schema: str) -> list[str]:
    """Return the names of a schema's tables; a partitioned table stands for its partitions."""
    return [name for (name,) in _fetch(_TABLES, [schema])]


def unfit_tables(schema: str) -> list[str]:
    """Return the tables with a trigger, or with a foreign key from or to another schema."""
    return [name for (name,) in _fetch(_UNFIT, {"schema": schema})]


def lock(schema: str, names: Sequence[str]) -> None:
    """Wait until nobody works with the tables, and keep everybody out until the transaction ends."""
    listed = sql.SQL(", ").join(sql.Identifier(schema, name) for name in names)
    run(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(listed))


def state(schema: str, names: Iterable[str]) -> SchemaState:
    """Return the rows of tables, and the last values of all sequences of the schema."""
    count = sql.SQL("SELECT count(*) FROM {}")
    counts = {name: int(_fetch(count.format(sql.Identifier(schema, name)))[0][0]) for name in names}
    return SchemaState(counts, dict(_fetch(_SEQUENCES, [schema])))


def drop_hidden_copies(schema: str, names: Iterable[str]) -> None:
    """Delete what a distributed table still has on the coordinator, where it only takes space."""
    for name in names:
        _fetch("SELECT truncate_local_data_after_distributing_table(%s::regclass)", [_quoted(schema, name)])


def copy(source: str, target: str, names: Iterable[str]) -> None:
    """Copy all rows of a schema's tables into another schema's, and let its sequences go on from there."""
    for name in names:
        columns = [column for (column,) in _fetch(_COLUMNS, [_quoted(source, name)])]
        run(
            sql.SQL("INSERT INTO {target} ({columns}) SELECT {columns} FROM {source}").format(
                target=sql.Identifier(target, name),
                source=sql.Identifier(source, name),
                columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            )
        )
    for name, value in _fetch(_SEQUENCES, [source]):
        if value is not None:
            _fetch("SELECT setval(%s::regclass, %s)", [_quoted(target, name), value])


def analyze(schema: str, names: Iterable[str]) -> None:
    """Let the planner know tables that have just been filled."""
    for name in names:
        run(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, name)))


def run(statement: str | sql.Composed) -> None:
    """Run statements without parameters, in the current transaction."""
    connection.cursor().close()
    with connection.wrap_database_errors:
        connection.connection.execute(statement)


def _fetch(statement: Any, parameters: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _quoted(schema: str, name: str) -> str:
    return f'"{schema}"."{name}"'
