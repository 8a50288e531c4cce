"""Backup and restore of the whole installation: PostgreSQL's own dump, into an empty database.

The dump is SQL, and a restore runs it with the rights of the application. Its file must be this installation's own.
It says nothing of the server it came from: plain PostgreSQL and Citus restore each other's.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Collection, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

from quen.cli.backups import archive, nodes
from quen.cli.backups.archive import Backup, BackupManifest
from quen.cli.base import CommandError
from quen.cli.i18n import _
from quen.core import citus, postgres, schemas

DUMP = "database.dump"
#: what belongs to the server's operator, and is there on the server that a backup is restored on
_NOT_OURS = (
    *("--no-owner", "--no-privileges", "--no-comments"),
    *("--no-publications", "--no-subscriptions"),
)
#: set by newer programs at the head of a dump, and unknown to PostgreSQL 15 and 16
_NEW_SETTING = b"SET transaction_timeout = 0;\n"
_COPY = re.compile(rb'COPY ("(?:[^"]|"")+"|[^". ]+)\.("(?:[^"]|"")+"|[^". ]+) .*FROM stdin;\n')
_READ_BYTES = 64 * 1024
#: on Citus everything is restored on the coordinator; then each workspace is placed on a node
_KEEP_HERE = b"SET citus.enable_ddl_propagation TO off;\nSET citus.enable_schema_based_sharding TO off;\n"
_PLACE = rb"""
RESET citus.enable_ddl_propagation;
RESET citus.enable_schema_based_sharding;
SELECT pg_catalog.format('SELECT pg_catalog.citus_schema_distribute(%L)', schema_name)
  FROM public.accounts_workspace WHERE pg_catalog.to_regnamespace(schema_name) IS NOT NULL ORDER BY id
\gexec
"""
_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT 1 FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1, 2
"""


def write(file: Path, manifest: BackupManifest, url: str, secret: str | None) -> None:
    """Write a backup of the database at ``url``. Raises CommandError.

    It is one snapshot; on Citus one of the shared tables and one of each node, and so of each workspace.
    """
    nodes.check_reachable()
    with (
        nodes.unmoved(),
        psycopg.connect(url) as connection,
        archive.writing(file, manifest, secret) as writer,
    ):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = _one(connection, "SELECT pg_export_snapshot()")
        manifest.migrations = _migrations(connection)
        command = [str(postgres.binary("pg_dump")), "--format=custom", *_NOT_OURS]
        command += [f'--exclude-extension="{name}"' for name in _other_extensions(connection)]
        with subprocess.Popen(
            [*command, f"--snapshot={snapshot}", f"--dbname={url}"], stdout=subprocess.PIPE
        ) as dump:
            assert dump.stdout is not None
            with closing(_counting(archive.in_chunks(dump.stdout), manifest.tables)) as chunks:
                writer.add(DUMP, chunks)
        if dump.returncode != 0:
            raise _not_backed_up()


def rows_in(script: IO[bytes]) -> dict[str, int]:
    """Return the number of rows that a dump's SQL has for each table, by "schema.table"."""
    rows: dict[str, int] = {}
    table = ""
    is_start = True
    # Parts of a line: one row can hold a whole file.
    while part := script.readline(_READ_BYTES):
        if is_start:
            if not table:
                if (copy := _COPY.match(part)) is not None:
                    table = ".".join(_unquoted(name) for name in copy.groups())
                    rows[table] = 0
            elif part == b"\\.\n":
                table = ""
            else:
                rows[table] += 1
        is_start = part.endswith(b"\n")
    return rows


def check_empty(url: str) -> None:
    """Raise CommandError unless the database is empty."""
    with psycopg.connect(url) as connection:
        if connection.execute(_TABLES).fetchone() is not None:
            raise CommandError(
                _("This database already has data. Restore into an empty QUEN_HOME or database."),
                code="not_empty",
            )


def restore(backup: Backup, url: str) -> None:
    """Restore everything in one transaction and check the row counts. Raises CommandError."""
    archive.check_not_newer(backup, schemas.known_migrations(workspace=False))
    nodes.check_ready()
    if not _run_dump(backup, url):
        raise CommandError(
            _("Couldn't restore the file; the database is empty as before. See the lines above."),
            code="not_restored",
        )
    with psycopg.connect(url) as connection:
        expected = backup.manifest.tables
        archive.check_row_counts(expected, _count_rows(connection, expected))


def run_restore_hooks() -> None:
    """Run the restore hooks of every workspace: what was in progress at the backup must not simply continue."""
    from quen.apps.team import registry
    from quen.core import clock

    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            registry.run_restore_hooks(now=clock.now())


def _count_rows(connection: psycopg.Connection[Any], tables: Collection[str]) -> dict[str, int]:
    """Return the number of rows of those tables that exist, by "schema.table"."""
    found = {f"{schema}.{table}": (schema, table) for schema, table in connection.execute(_TABLES).fetchall()}
    count = sql.SQL("SELECT count(*) FROM {}")
    return {
        name: int(_one(connection, count.format(sql.Identifier(*found[name]))))
        for name in tables
        if name in found
    }


def _counting(dump: Iterable[bytes], rows: dict[str, int]) -> Generator[bytes, None, None]:
    """Yield the dump's chunks; at the end ``rows`` has the number of rows in it, by table.

    Only the dump itself can say them: on Citus no other session sees what it saw. PostgreSQL's own program reads it, so
    a dump that can't be read back is noticed now. Raises CommandError.
    """
    command = [str(postgres.binary("pg_restore")), "--data-only", "--file=-"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader,
        ThreadPoolExecutor(1) as pool,
    ):
        assert reader.stdin is not None and reader.stdout is not None
        counted = pool.submit(rows_in, reader.stdout)
        try:
            for chunk in dump:
                _write(reader.stdin, chunk)
                yield chunk
        finally:
            _close(reader.stdin)
        rows.update(counted.result())
    if reader.returncode != 0:
        raise _not_backed_up()


def _unquoted(name: bytes) -> str:
    text = name.decode()
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def _other_extensions(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the extensions that are not Quen's: only an operator can install them."""
    found = connection.execute("SELECT extname FROM pg_extension ORDER BY 1").fetchall()
    return [name for (name,) in found if name not in (*schemas.EXTENSIONS, "plpgsql")]


def _not_backed_up() -> CommandError:
    return CommandError(_("Couldn't back up the database. See the lines above."), code="not_backed_up")


def _run_dump(backup: Backup, url: str) -> bool:
    """Run the dump in one transaction, without the setting that older servers refuse. Return whether all went well."""
    as_sql = [str(postgres.binary("pg_restore")), *_NOT_OURS, "--file=-"]
    run = [str(postgres.binary("psql")), "--no-psqlrc", "--quiet", "--single-transaction"]
    run += ["--output=/dev/null", "--set=ON_ERROR_STOP=1", f"--dbname={url}"]
    with (
        subprocess.Popen(run, stdin=subprocess.PIPE) as psql,
        subprocess.Popen(as_sql, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as converter,
    ):
        assert psql.stdin is not None and converter.stdin is not None and converter.stdout is not None
        feeder = threading.Thread(target=_feed, args=(backup, converter.stdin), daemon=True)
        feeder.start()
        is_whole = False
        is_citus = citus.is_citus()
        try:
            if is_citus:
                _write(psql.stdin, _KEEP_HERE)
            _pass_on(converter.stdout, psql.stdin)
            converter.stdout.close()
            feeder.join()
            is_whole = converter.wait() == 0
            if is_whole and is_citus:
                _write(psql.stdin, _PLACE)
        finally:
            if not is_whole:
                psql.kill()  # at the end of its input it would commit what it has read
            _close(psql.stdin)
    return is_whole and psql.returncode == 0


def _feed(backup: Backup, target: IO[bytes]) -> None:
    try:
        with backup.open(DUMP) as dump:
            shutil.copyfileobj(dump, target)
    except BrokenPipeError:
        pass  # the program has ended; its exit code says why
    _close(target)


def _pass_on(source: IO[bytes], target: IO[bytes]) -> None:
    try:
        for line in source:
            if line == _NEW_SETTING:
                break
            target.write(line)
        shutil.copyfileobj(source, target)
    except BrokenPipeError:
        pass


def _write(pipe: IO[bytes], content: bytes) -> None:
    try:
        pipe.write(content)
    except BrokenPipeError:
        pass


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        pass


def _migrations(connection: psycopg.Connection[Any]) -> list[str]:
    if _one(connection, "SELECT to_regclass('public.django_migrations')") is None:
        return []
    rows = connection.execute("SELECT app || '.' || name FROM public.django_migrations ORDER BY 1")
    return [name for (name,) in rows.fetchall()]


def _one(connection: psycopg.Connection[Any], statement: Any) -> Any:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]
