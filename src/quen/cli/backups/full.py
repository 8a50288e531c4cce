"""A backup of everything, brought into an empty database."""

from __future__ import annotations

from pathlib import Path

import psycopg

from quen.cli.backups import archive
from quen.cli.backups.archive import BackupManifest
from quen.cli.base import CommandError
from quen.cli.i18n import _
from quen.core import postgres


def check_empty(url: str) -> None:
    """Raise CommandError when the database holds anything."""
    with psycopg.connect(url) as connection:
        statement = (
            "SELECT 1 FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') LIMIT 1"
        )
        if connection.execute(statement).fetchone() is not None:
            raise CommandError(
                _("This database holds data already: restore into an empty QUEN_HOME or database."),
                code="not_empty",
            )


def restore(file: Path, manifest: BackupManifest, url: str) -> None:
    """Bring everything back in one transaction and prove it. Raises CommandError."""
    from quen.core import schemas

    archive.check_not_newer(file, manifest, schemas.known_migrations(workspace=False))
    command = [str(postgres.binary("pg_restore")), "--no-owner", "--no-privileges", "--single-transaction"]
    if archive.run_with_dump(file, [*command, f"--dbname={url}"]) != 0:
        raise CommandError(_("The file could not be restored; the lines above say why."), code="not_restored")
    with psycopg.connect(url) as connection:
        archive.check_row_counts(manifest.tables, archive.count_rows(connection))


def run_restore_hooks() -> None:
    """Let every workspace stop what was at work when the backup was made: time has gone on outside."""
    from quen.apps.team import registry
    from quen.core import clock, schemas

    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            registry.run_restore_hooks(now=clock.now())
