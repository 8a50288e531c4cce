"""Backup and restore of one workspace: the rows of its schema, and the few of the public schema that belong to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ValidationError
from django.db import transaction

from quen.cli.backups import archive, nodes, rows
from quen.cli.backups.archive import Backup, BackupManifest
from quen.cli.base import CommandError, Output
from quen.cli.i18n import _
from quen.core import citus, clock, schemas

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
#: a century and a half of months: each is a table
_MAX_MONTHS = 1_800


def write(file: Path, manifest: BackupManifest, url: str, secret: str | None, *, slug: str) -> None:
    """Write a backup of one workspace, as a snapshot: also on Citus, where it is on one node.

    Raises WorkspaceNotFound, CommandError.
    """
    from quen.apps.accounts import queries as accounts
    from quen.apps.accounts.types import WorkspaceNotFound
    from quen.apps.events import services as events

    workspace = accounts.get_workspace(slug)
    manifest.workspace = accounts.workspace_backup(workspace)
    with (
        nodes.unmoved(workspace.schema_name),
        psycopg.connect(url) as session,
        archive.writing(file, manifest, secret) as writer,
    ):
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        try:
            rows.write(session, workspace.schema_name, writer)
        except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedTable) as error:
            raise WorkspaceNotFound(slug=slug) from error  # deleted at this moment
        with schemas.use(workspace.schema_name):
            manifest.months = events.partition_months()


def restore(backup: Backup, *, slug: str | None, is_foreign: bool, output: Output) -> dict[str, Any]:
    """Restore a workspace alongside the others, under its own id if that is free. Raises CommandError.

    Everything happens in one transaction: after an error there is nothing, and no worker sees the workspace before its
    restore hooks have run.
    is_foreign: another installation made the backup. Its users get no passwords, and the workspace a new id.
    """
    archive.check_not_newer(backup, schemas.known_migrations(workspace=True))
    nodes.check_ready()
    try:
        with transaction.atomic():
            return _restore(backup, slug=slug, is_foreign=is_foreign, output=output)
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as error:
        if not is_foreign:
            raise
        raise archive.damaged(backup.file) from error


def _restore(backup: Backup, *, slug: str | None, is_foreign: bool, output: Output) -> dict[str, Any]:
    from quen.apps.accounts import services as accounts
    from quen.apps.team import registry
    from quen.apps.team import services as team

    shared = backup.manifest.workspace
    row = shared["workspace"]
    accounts.ensure_slug_available(slug or row["slug"])
    workspace_id, schema = accounts.allocate_workspace_id(None if is_foreign else row)
    # On Citus the workspace gets its node when it is complete.
    with citus.local_ddl():
        schemas.create_schema_at(schema, backup.manifest.migrations)
        with schemas.use(schema):
            _create_months(backup)
        with schemas.use("public"):
            rows.load(backup, schema)
        schemas.migrate_schema(schema)
        workspace, users = accounts.register_schema(
            shared, workspace_id=workspace_id, schema=schema, slug=slug, is_foreign=is_foreign
        )
        with schemas.use(schema):
            team.relink_members(users)
            registry.run_restore_hooks(now=clock.now())
            erased = 0 if is_foreign else _erase_again(row["id"], workspace_id)
    citus.distribute_schema(schema)
    same_id = not is_foreign and workspace_id == row["id"]
    if not same_id:
        output.line(_("The workspace got a new ID, so links in emails already sent no longer work."))
    if erased:
        text = _("Customers erased again, because they were erased after the backup: %(count)d.")
        output.line(text % {"count": erased})
    members = sorted(user.email for user in users.values())
    if is_foreign:
        output.line(
            _(
                "Its team: %(emails)s. New accounts have no password yet. Remove everybody you don't know"
                " from the team."
            )
            % {"emails": ", ".join(members) or "-"}
        )
    return {
        "workspace": workspace.slug,
        "rows": sum(backup.manifest.tables.values()),
        "same_id": same_id,
        "foreign": is_foreign,
        "members": members,
        "erased": erased,
    }


def _erase_again(former_id: int, workspace_id: int) -> int:
    """Erase again whom the workspace that was backed up has erased since, if that still exists here."""
    from quen.apps.accounts import queries as accounts
    from quen.apps.contacts import services as contacts
    from quen.core.actors import SYSTEM

    origins = [each for each in accounts.all_workspaces() if each.pk == former_id != workspace_id]
    return sum(
        contacts.erase_again(known_in=each.schema_name, actor=SYSTEM, now=clock.now()) for each in origins
    )


def _create_months(backup: Backup) -> None:
    """Create the partitions of events that the workspace had."""
    from quen.apps.events import services as events

    months = [_MONTH.fullmatch(text) for text in backup.manifest.months]
    if len(months) > _MAX_MONTHS:
        raise archive.damaged(backup.file)
    for month in months:
        if month is None:
            raise archive.damaged(backup.file)
        first = datetime(int(month[1]), int(month[2]), 1, tzinfo=UTC)
        events.ensure_partitions(since=first, until=first)


def check(backup: Backup) -> None:
    """Raise CommandError when a backup contains no workspace."""
    if not backup.manifest.workspace:
        raise CommandError(_("The backup doesn't contain a workspace."), code="not_a_backup")
