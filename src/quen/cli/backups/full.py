"""Backup and restore of the whole installation: PostgreSQL's own dump, into an empty database.

The dump is SQL, and a restore runs it with the rights of the application. Its file must be this installation's own.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

from quen.cli.backups import archive
from quen.cli.backups.archive import Backup, BackupManifest
from quen.cli.base import CommandError
from quen.cli.i18n import _
from quen.core import postgres

DUMP = "database.dump"
#: set by newer programs at the head of a dump, and unknown to PostgreSQL 15 and 16
_NEW_SETTING = b"SET transaction_timeout = 0;\n"


def write(file: Path, manifest: BackupManifest, url: str, secret: str | None) -> None:
    """Write a backup of the database at ``url``, as a snapshot. Raises CommandError."""
    with psycopg.connect(url) as connection, archive.writing(file, manifest, secret) as writer:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = _one(connection, "SELECT pg_export_snapshot()")
        manifest.tables = count_rows(connection)
        manifest.migrations = _migrations(connection)
        command = [str(postgres.binary("pg_dump")), "--format=custom", "--no-owner", "--no-privileges"]
        with subprocess.Popen(
            [*command, f"--snapshot={snapshot}", f"--dbname={url}"], stdout=subprocess.PIPE
        ) as dump:
            assert dump.stdout is not None
            writer.add(DUMP, archive.in_chunks(dump.stdout))
        if dump.returncode != 0:
            raise CommandError(_("Couldn't back up the database. See the lines above."), code="not_backed_up")


def check_empty(url: str) -> None:
    """Raise CommandError unless the database is empty."""
    with psycopg.connect(url) as connection:
        statement = (
            "SELECT 1 FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') LIMIT 1"
        )
        if connection.execute(statement).fetchone() is not None:
            raise CommandError(
                _("This database already has data. Restore into an empty QUEN_HOME or database."),
                code="not_empty",
            )


def restore(backup: Backup, url: str) -> None:
    """Restore everything in one transaction and check the row counts. Raises CommandError."""
    from quen.core import schemas

    archive.check_not_newer(backup, schemas.known_migrations(workspace=False))
    if not _run_dump(backup, url):
        raise CommandError(
            _("Couldn't restore the file; the database is empty as before. See the lines above."),
            code="not_restored",
        )
    with psycopg.connect(url) as connection:
        archive.check_row_counts(backup.manifest.tables, count_rows(connection))


def run_restore_hooks() -> None:
    """Run the restore hooks of every workspace: what was in progress at the backup must not simply continue."""
    from quen.apps.team import registry
    from quen.core import clock, schemas

    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            registry.run_restore_hooks(now=clock.now())


def count_rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Return the number of rows of every table that is not PostgreSQL's own, by "schema.table"."""
    found = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
        " ORDER BY 1, 2"
    ).fetchall()
    count = sql.SQL("SELECT count(*) FROM {}")
    return {
        f"{schema}.{table}": int(_one(connection, count.format(sql.Identifier(schema, table))))
        for schema, table in found
    }


def _run_dump(backup: Backup, url: str) -> bool:
    """Run the dump in one transaction, without the setting that older servers refuse. Return whether all went well."""
    as_sql = [str(postgres.binary("pg_restore")), "--no-owner", "--no-privileges", "--file=-"]
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
        try:
            _pass_on(converter.stdout, psql.stdin)
            converter.stdout.close()
            feeder.join()
            is_whole = converter.wait() == 0
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
