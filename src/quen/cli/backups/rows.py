"""The rows of one workspace: written as PostgreSQL's COPY prints them, and read into a schema that our code made.

Nothing of a file is ever run as SQL: its tables and columns must be those of the schema, and its rows are only data.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from quen.cli.backups import archive
from quen.cli.base import CommandError
from quen.cli.i18n import _
from quen.core import citus
from quen.core.postgres.cluster import RESTORE_ROLE

if TYPE_CHECKING:
    from quen.cli.backups.archive import Backup, BackupWriter

Connection = psycopg.Connection[Any]
#: filled by the migrations that a restore runs
_OWN_TABLE = "django_migrations"


def write(session: Connection, schema: str, writer: BackupWriter) -> None:
    """Write all tables of a schema, in the snapshot of the session's transaction."""
    manifest = writer.manifest
    manifest.columns = _columns(session, schema)
    if citus.is_citus():
        # A lock on every node would need every node; the coordinator's keeps out whoever alters or drops.
        session.execute("SET LOCAL citus.enable_ddl_propagation = off")
    # Nothing is altered or dropped from now on, and nobody who wants to waits for us table by table.
    session.execute(
        sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(
            sql.SQL(", ").join(sql.Identifier(schema, table) for table in (*manifest.columns, _OWN_TABLE))
        )
    )
    for table, columns in manifest.columns.items():
        copy = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
            _names(columns), sql.Identifier(schema, table)
        )
        with session.cursor() as cursor:
            with cursor.copy(copy) as rows:
                writer.add(_member(table), rows, compress=True)
            manifest.tables[table] = cursor.rowcount
    # Read last: a sequence is not part of the snapshot and must not be behind the rows.
    manifest.sequences = _sequences(session, schema)
    migrations = sql.SQL("SELECT app || '.' || name FROM {} ORDER BY 1")
    found = session.execute(migrations.format(sql.Identifier(schema, _OWN_TABLE)))
    manifest.migrations = [name for (name,) in found.fetchall()]


def load(backup: Backup, schema: str) -> None:
    """Fill an empty schema of ours, inside the caller's transaction. Raises CommandError.

    The rows are written by a role that has no right but to insert into this schema, if the server has it.
    """
    manifest = backup.manifest
    session = _session()
    known = _columns(session, schema)
    sequences = _sequences(session, schema)
    if {table: sorted(columns) for table, columns in manifest.columns.items()} != {
        table: sorted(columns) for table, columns in known.items()
    } or manifest.sequences.keys() != sequences.keys():
        raise archive.damaged(backup.file)
    try:
        with transaction.atomic(), connection.wrap_database_errors:
            set_aside = _set_aside_indexes(session, schema)
            with restricted_to(schema):
                found = {
                    table: _copy(session, backup, schema, table, manifest.columns[table]) for table in known
                }
            archive.check_row_counts(manifest.tables, found)
            for statement in set_aside:
                session.execute(statement)
            for name, value in manifest.sequences.items():
                if value:
                    where = sql.Literal(f'"{schema}"."{name}"')
                    session.execute(sql.SQL("SELECT setval({}, {})").format(where, sql.Literal(value)))
            for table in known:
                session.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, table)))
    except DatabaseError as error:
        if (getattr(error.__cause__, "sqlstate", None) or "")[:2] not in ("22", "23"):
            raise  # not about the data
        text = _("The rows in %(file)s don't fit their tables (%(reason)s). Nothing was restored.")
        reason = str(error).splitlines()[0]
        raise CommandError(text % {"file": backup.file, "reason": reason}, code="not_restored") from error


@contextmanager
def restricted_to(schema: str) -> Iterator[None]:
    """For the length of a block, let the current transaction only insert into the tables of one schema.

    On a server where the role for it is missing and may not be created, the block runs with the usual rights.
    """
    session = _session()
    names = {"role": sql.Identifier(RESTORE_ROLE), "schema": sql.Identifier(schema)}
    if not _may_become(session):
        yield
        return
    for grant in (
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT INSERT ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "SET LOCAL ROLE {role}",
    ):
        session.execute(sql.SQL(grant).format(**names))
    yield  # after an error the rollback gives the role back
    for revoke in (
        "RESET ROLE",
        "REVOKE INSERT ON ALL TABLES IN SCHEMA {schema} FROM {role}",
        "REVOKE USAGE ON SCHEMA {schema} FROM {role}",
    ):
        session.execute(sql.SQL(revoke).format(**names))


def _may_become(session: Connection) -> bool:
    """Return whether this session may become the role, after creating it where that is allowed."""
    role = sql.Identifier(RESTORE_ROLE)
    attempts = (
        (),
        ("CREATE ROLE {} NOLOGIN", "GRANT {} TO CURRENT_USER"),
    )
    for statements in attempts:
        try:
            with session.transaction():
                for statement in (*statements, "SET LOCAL ROLE {}", "RESET ROLE"):
                    session.execute(sql.SQL(statement).format(role))
        except (psycopg.ProgrammingError, psycopg.DataError, psycopg.IntegrityError):
            continue
        return True
    return False


def _copy(session: Connection, backup: Backup, schema: str, table: str, columns: list[str]) -> int:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(schema, table), _names(columns))
    with backup.open(_member(table)) as member, session.cursor() as cursor:
        with cursor.copy(statement) as target:
            for chunk in archive.in_chunks(member):
                target.write(chunk)
        return cursor.rowcount


def _set_aside_indexes(session: Connection, schema: str) -> list[bytes]:
    """Drop foreign keys and the indexes of ordinary tables; return the statements that create them again.

    Rows then load in any order, and an index built at once takes a fraction of the time.
    """
    keys = session.execute(
        "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),"
        " format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))"
        " FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND connamespace = %s::regnamespace",
        [schema],
    ).fetchall()
    indexes = session.execute(
        "SELECT format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)"
        " FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid"
        " WHERE t.relnamespace = %s::regnamespace AND t.relkind = 'r' AND NOT t.relispartition"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [schema],
    ).fetchall()
    for drop, _create in (*keys, *indexes):
        session.execute(drop.encode())
    return [create.encode() for _drop, create in (*indexes, *keys)]


def _columns(session: Connection, schema: str) -> dict[str, list[str]]:
    """Return the columns that can be written, by table. A partitioned table stands for its partitions."""
    found: dict[str, list[str]] = {}
    for table, column in session.execute(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND c.relname <> %s AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
        " ORDER BY c.relname, a.attnum",
        [schema, _OWN_TABLE],
    ).fetchall():
        found.setdefault(table, []).append(column)
    return found


def _sequences(session: Connection, schema: str) -> dict[str, int]:
    """Return the last values of a schema's sequences; 0 of one that was never used."""
    rows = session.execute(
        "SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = %s"
        " AND sequencename <> %s",
        [schema, f"{_OWN_TABLE}_id_seq"],
    )
    return dict(rows.fetchall())


def _session() -> Connection:
    """Return the session of Django's connection, with the search path of the schema in use."""
    connection.cursor().close()
    session: Connection = connection.connection
    return session


def _names(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _member(table: str) -> str:
    return f"tables/{table}.copy"
