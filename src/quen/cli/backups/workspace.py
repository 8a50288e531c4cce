"""Backup and restore of one workspace: its schema, and the few rows of the public schema that belong to it."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from quen.cli.backups import archive
from quen.cli.backups.archive import BackupManifest
from quen.cli.base import CommandError, Output
from quen.cli.i18n import _
from quen.core import clock, postgres, schemas

_COPY = re.compile(rb"COPY .* FROM stdin;\n")


def describe(slug: str) -> tuple[dict[str, Any], str]:
    """Return the public rows of a workspace, and its schema. Raises WorkspaceNotFound."""
    from quen.apps.accounts import queries as accounts

    workspace = accounts.get_workspace(slug)
    return accounts.workspace_backup(workspace), workspace.schema_name


def restore(
    file: Path, manifest: BackupManifest, url: str, *, slug: str | None, output: Output
) -> dict[str, Any]:
    """Restore a workspace alongside the others, under its own id if that is free. Raises CommandError."""
    from django.db import transaction

    from quen.apps.accounts import services as accounts
    from quen.apps.team import registry
    from quen.apps.team import services as team

    archive.check_not_newer(file, manifest, schemas.known_migrations(workspace=True))
    public_rows = manifest.workspace
    accounts.ensure_slug_available(slug or public_rows["workspace"]["slug"])
    old = public_rows["workspace"]["schema_name"]
    workspace_id, schema = accounts.allocate_workspace_id(public_rows["workspace"])
    _load_dump(file, url, old, schema)
    try:
        with psycopg.connect(url) as connection:
            found = archive.count_rows(connection, schema)
        archive.check_row_counts(_renamed(manifest.tables, old, schema), found)
        # One transaction: no worker sees the workspace before its restore hooks have run.
        with transaction.atomic():
            workspace, users = accounts.register_schema(
                public_rows, workspace_id=workspace_id, schema=schema, slug=slug
            )
            with schemas.use(schema):
                team.relink_members(users)
                registry.run_restore_hooks(now=clock.now())
        schemas.migrate_all(output.progress)
    except BaseException:
        accounts.unregister_schema(workspace_id)
        schemas.drop_schema(schema)
        raise
    if workspace_id != public_rows["workspace"]["id"]:
        output.line(_("The workspace got a new ID, so links in emails already sent no longer work."))
    return {"workspace": workspace.slug, "rows": sum(manifest.tables.values()), "same_id": schema == old}


def _renamed(tables: dict[str, int], old: str, new: str) -> dict[str, int]:
    return {f"{new}.{name.removeprefix(f'{old}.')}": rows for name, rows in tables.items()}


def _load_dump(file: Path, url: str, old: str, schema: str) -> None:
    """Run the dump as SQL in one transaction, with its schema renamed. Raises CommandError."""
    failed = CommandError(_("Couldn't restore the file. See the lines above."), code="not_restored")
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regnamespace(%s)", [schema]).fetchone() != (None,):
            raise failed
    as_text = [str(postgres.binary("pg_restore")), "--no-owner", "--no-privileges", "--file=-"]
    into = [
        str(postgres.binary("psql")),
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--output=/dev/null",
    ]
    into += ["--set=ON_ERROR_STOP=1", f"--dbname={url}"]
    reader = _DumpAsSql(file, as_text)
    with subprocess.Popen(into, stdin=subprocess.PIPE) as writer:
        assert writer.stdin is not None
        try:
            for line in rename_schema(reader.lines(), old, schema):
                writer.stdin.write(line)
            writer.stdin.close()
        except BrokenPipeError:
            pass
    if writer.returncode != 0 or reader.failed():
        raise failed


class _DumpAsSql:
    """pg_restore converting a dump to SQL: a thread writes its input, the caller reads its output line by line."""

    def __init__(self, file: Path, command: list[str]) -> None:
        self._program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._feeder = threading.Thread(target=archive.write_dump_to, args=(file, self._program), daemon=True)
        self._feeder.start()

    def lines(self) -> Iterator[bytes]:
        assert self._program.stdout is not None
        yield from self._program.stdout

    def failed(self) -> bool:
        if self._program.stdout is not None:
            self._program.stdout.close()
        self._feeder.join()
        return self._program.wait() != 0


def rename_schema(lines: Iterable[bytes], old: str, new: str) -> Iterator[bytes]:
    """Yield the SQL of a dump with a schema renamed; lines between COPY and its end are data and stay unchanged."""
    name = re.compile(rb"\b" + re.escape(old.encode()) + rb"\b")
    in_data = False
    for line in lines:
        if in_data:
            in_data = line != b"\\.\n"
            yield line
            continue
        in_data = _COPY.fullmatch(line) is not None
        yield name.sub(new.encode(), line)
