"""The file of a backup: a zip with PostgreSQL's own dump and ``manifest.json``.

The manifest lists the number of rows of every table in the dump's snapshot and the digest of every member, so that a
restore can prove that it is complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

from quen.cli.base import CommandError
from quen.cli.i18n import _
from quen.core import postgres

FORMAT = 1
MANIFEST, DUMP = "manifest.json", "database.dump"
_CHUNK_BYTES = 1024 * 1024


@dataclass
class BackupManifest:
    """The contents of a backup. ``tables``: rows by "schema.table". ``secret``: see backups.secret."""

    scope: str
    created_at: str
    tables: dict[str, int] = field(default_factory=dict)
    #: names of migrations, as "app.name"
    migrations: list[str] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    secret: dict[str, str] = field(default_factory=dict)
    #: rows of the shared schema that belong to the one workspace
    workspace: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Yield a temporary name to write to, renamed when complete. Mode 600, because it contains customers' data."""
    if target.exists():
        raise CommandError(
            _("%(file)s already exists. Choose another name.") % {"file": target}, code="file_exists"
        )
    partial = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        text = _("Can't write %(file)s (%(reason)s).")
        raise CommandError(
            text % {"file": target, "reason": error.strerror}, code="file_unwritable"
        ) from error
    try:
        yield partial
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.rename(target)


def write(file: Path, manifest: BackupManifest, url: str, *, schema: str | None = None) -> None:
    """Write a backup of the database at ``url``, or of one schema of it, as a snapshot."""
    with psycopg.connect(url) as connection, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = _one(connection, "SELECT pg_export_snapshot()")
        manifest.tables = count_rows(connection, schema)
        manifest.migrations = _migrations(connection, schema)
        command = [str(postgres.binary("pg_dump")), "--format=custom", "--no-owner", "--no-privileges"]
        command += [f"--snapshot={snapshot}", *([f"--schema={schema}"] if schema else []), f"--dbname={url}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as dump:
            assert dump.stdout is not None
            with archive.open(DUMP, "w", force_zip64=True) as member:
                manifest.digests[DUMP] = _copy(dump.stdout, member)
        if dump.returncode != 0:
            raise CommandError(_("Couldn't back up the database. See the lines above."), code="not_backed_up")
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, default=str))


def read_manifest(file: Path) -> BackupManifest:
    """Return the manifest of a backup, after checking all digests. Raises CommandError."""
    if not file.is_file():
        raise CommandError(_("%(file)s doesn't exist.") % {"file": file}, code="no_file")
    broken = CommandError(
        _("%(file)s is not a Quen backup, or it is damaged. Use another copy.") % {"file": file},
        code="not_a_backup",
    )
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = BackupManifest(**json.loads(archive.read(MANIFEST)))
            for name, digest in manifest.digests.items():
                with archive.open(name) as member:
                    if _copy(member, None) != digest:
                        raise broken
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, OSError) as error:
        raise broken from error
    if manifest.format > FORMAT:
        raise _newer(file)
    return manifest


def run_with_dump(file: Path, command: Sequence[str]) -> int:
    """Run a program with the dump on its standard input. Return its exit code."""
    program = subprocess.Popen(command, stdin=subprocess.PIPE)
    write_dump_to(file, program)
    return program.wait()


def check_not_newer(file: Path, manifest: BackupManifest, known: Collection[str]) -> None:
    """Raise CommandError when a backup contains migrations this code does not know."""
    if not set(manifest.migrations) <= set(known):
        raise _newer(file)


def _newer(file: Path) -> CommandError:
    text = _("%(file)s was made by a newer version of Quen. Update Quen first.")
    return CommandError(text % {"file": file}, code="newer")


def write_dump_to(file: Path, program: subprocess.Popen[bytes]) -> None:
    """Write the dump of a backup into a program's standard input and close it."""
    assert program.stdin is not None
    with zipfile.ZipFile(file) as archive, archive.open(DUMP) as member:
        try:
            _copy(member, program.stdin)
            program.stdin.close()
        except BrokenPipeError:
            pass  # it has already ended; the caller reads its exit code


def count_rows(connection: psycopg.Connection[Any], schema: str | None = None) -> dict[str, int]:
    """Return the number of rows of every table, of one schema or of all that are not PostgreSQL's own."""
    found = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'"
        " AND (%(schema)s::text IS NULL OR n.nspname = %(schema)s) ORDER BY 1, 2",
        {"schema": schema},
    ).fetchall()
    count = sql.SQL("SELECT count(*) FROM {}.{}")
    return {
        f"{space}.{table}": int(_one(connection, count.format(sql.Identifier(space), sql.Identifier(table))))
        for space, table in found
    }


def check_row_counts(expected: Mapping[str, int], found: Mapping[str, int]) -> None:
    """Raise CommandError when a table has another number of rows than the backup."""
    different = sorted(name for name, rows in expected.items() if found.get(name) != rows)
    if different:
        raise CommandError(
            _("The restore is incomplete: %(tables)s differ from the backup.")
            % {"tables": ", ".join(different)},
            code="differs",
        )


def _migrations(connection: psycopg.Connection[Any], schema: str | None) -> list[str]:
    table = sql.Identifier(schema or "public", "django_migrations")
    if connection.execute(
        "SELECT to_regclass(%s)", [f"{schema or 'public'}.django_migrations"]
    ).fetchone() == (None,):
        return []
    rows = connection.execute(sql.SQL("SELECT app || '.' || name FROM {} ORDER BY 1").format(table))
    return [name for (name,) in rows.fetchall()]


def _one(connection: psycopg.Connection[Any], statement: Any) -> Any:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def _copy(source: IO[bytes], target: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK_BYTES):
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return digest.hexdigest()
