"""Restoring a full backup into an empty database."""

from __future__ import annotations

from pathlib import Path

import psycopg

from quen.cli.backups import archive
from quen.cli.backups.archive import BackupManifest
from quen.cli.base import CommandError
from quen.cli.i18n import _
from quen.core import postgres


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


def restore(file: Path, manifest: BackupManifest, url: str) -> None:
    """Restore everything in one transaction and check the row counts. Raises CommandError."""
    from quen.core import schemas

    archive.check_not_newer(file, manifest, schemas.known_migrations(workspace=False))
    command = [str(postgres.binary("pg_restore")), "--no-owner", "--no-privileges", "--single-transaction"]
    if archive.run_with_dump(file, [*command, f"--dbname={url}"]) != 0:
        raise CommandError(_("Couldn't restore the file. See the lines above."), code="not_restored")
    with psycopg.connect(url) as connection:
        archive.check_row_counts(manifest.tables, archive.count_rows(connection))


def run_restore_hooks() -> None:
    """Run the restore hooks of every workspace: what was in progress at the backup must not simply continue."""
    from quen.apps.team import registry
    from quen.core import clock, schemas

    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            registry.run_restore_hooks(now=clock.now())
