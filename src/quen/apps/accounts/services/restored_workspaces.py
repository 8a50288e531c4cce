"""Workspaces restored from a backup: their rows in the shared schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from quen.apps.accounts.models import Membership, User, Workspace
from quen.apps.accounts.types import (
    BACKED_UP_USER_FIELDS,
)
from quen.core import schemas
from quen.core.database.base import PUBLIC


def allocate_workspace_id(record: Mapping[str, Any] | None) -> tuple[int, str]:
    """Return id and schema of a restored workspace: its former ones if free, since links already sent carry the id.

    record: the workspace's row in the backup; None when its links belong to another installation.
    """
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        if record is not None:
            cursor.execute(
                "SELECT NOT EXISTS (SELECT 1 FROM accounts_workspace WHERE id = %(id)s)"
                " AND to_regnamespace(%(schema)s) IS NULL",
                {"id": record["id"], "schema": f"ws_{record['id']}"},
            )
            if cursor.fetchone()[0]:
                return record["id"], f"ws_{record['id']}"
        cursor.execute("SELECT nextval(pg_get_serial_sequence('accounts_workspace', 'id'))")
        workspace_id = int(cursor.fetchone()[0])
        return workspace_id, f"ws_{workspace_id}"


@transaction.atomic
def register_schema(
    shared: Mapping[str, Any], *, workspace_id: int, schema: str, slug: str | None, is_foreign: bool
) -> tuple[Workspace, dict[int, User]]:
    """Create a restored workspace's rows in the shared schema; return it, and its users by their former ids.

    A user who already exists here, by email address, keeps their password and profile. A workspace that was archived
    is open again.
    is_foreign: the rows come from another installation, so new users get no password and no former id.
    """
    fields = {field.attname: field for field in Workspace._meta.concrete_fields}
    row = {
        name: fields[name].to_python(value) for name, value in shared["workspace"].items() if name in fields
    }
    row |= {"id": workspace_id, "schema_name": schema, "archived_at": None, "paused_at": None}
    row |= {"pause_reason": "", "paused_by": ""}
    row |= {"created_by_id": None, "delete_after": None}
    row |= {"slug": slug} if slug else {}
    users: dict[int, User] = {}
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        workspace = Workspace(**row)
        if is_foreign:
            workspace.clean_fields(exclude=["required_fields"])
        workspace.save(force_insert=True)
        Workspace.objects.filter(pk=workspace_id).update(created_at=row["created_at"])
        for record in shared["users"]:
            user = User.objects.filter(email=record["email"].lower()).first()
            if user is None:
                user = _restored_user(record, is_foreign=is_foreign)
            users[record["id"]] = user
            Membership.objects.get_or_create(user=user, workspace=workspace)
        for table in ("accounts_workspace", "accounts_user"):
            # citus: sequences The table is in public, on the coordinator alone.
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            )
    return workspace, users


def _restored_user(record: Mapping[str, Any], *, is_foreign: bool) -> User:
    user = User(**{name: record[name] for name in BACKED_UP_USER_FIELDS})
    user.email = user.email.lower()
    if is_foreign:
        user.set_unusable_password()
        user.clean_fields()
    elif not User.objects.filter(pk=record["id"]).exists():
        user.pk = record["id"]
    user.save(force_insert=True)
    return user
