"""A backup of everything, brought into an empty database."""

from __future__ import annotations

from pathlib import Path

import psycopg

from quen.cli.backups import archive
from quen.cli.backups.archive import Manifest
from quen.cli.frame import Refused
from quen.cli.words import _
from quen.core import postgres


def refuse_full(url: str) -> None:
    """Raise Refused when the database holds anything."""
    with psycopg.connect(url) as connection:
        statement = (
            "SELECT 1 FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') LIMIT 1"
        )
        if connection.execute(statement).fetchone() is not None:
            raise Refused(
                _("This database holds data already: restore into an empty QUEN_HOME or database."),
                code="not_empty",
            )


def restore(file: Path, manifest: Manifest, url: str) -> None:
    """Bring everything back in one transaction and prove it. Raises Refused."""
    from quen.core import schemas

    archive.refuse_newer(file, manifest, schemas.known_migrations(workspace=False))
    command = [str(postgres.binary("pg_restore")), "--no-owner", "--no-privileges", "--single-transaction"]
    if archive.feed(file, [*command, f"--dbname={url}"]) != 0:
        raise Refused(_("The file could not be restored; the lines above say why."), code="not_restored")
    with psycopg.connect(url) as connection:
        archive.refuse_differences(manifest.tables, archive.rows_of_tables(connection))


def calm_down() -> None:
    """Let every workspace stop what was at work when the backup was made: time has gone on outside."""
    from quen.apps.team import registry
    from quen.core import clock, schemas

    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            registry.restored(now=clock.now())
