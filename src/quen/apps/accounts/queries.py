"""Reads of the accounts app."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, QuerySet

from quen.apps.accounts.models import Invitation, Membership, SystemMail, User, Workspace
from quen.apps.accounts.types import BACKED_UP_USER_FIELDS, WorkspaceNotFound
from quen.core import schemas
from quen.core.database.base import PUBLIC


def active_workspaces_of(user: User) -> QuerySet[Workspace]:
    """Return the active workspaces of a user, by name."""
    return Workspace.objects.filter(memberships__user=user, archived_at=None).order_by("name", "id")


def all_workspaces_of(user: User) -> list[Workspace]:
    """Return all workspaces of a user by name, archived ones included."""
    with schemas.use(PUBLIC):
        return list(Workspace.objects.filter(memberships__user=user).order_by("name", "id"))


def last_workspace(user: User) -> Workspace | None:
    """Return the active workspace the user visited last."""
    last_seen = F("memberships__last_seen_at").desc(nulls_last=True)
    return (
        Workspace.objects.filter(memberships__user=user, archived_at=None)
        .order_by(last_seen, "name", "id")
        .first()
    )


def workspace_for(user: User, slug: str) -> Workspace | None:
    """Return a workspace the user is a member of; None for any other."""
    return Workspace.objects.filter(slug=slug, memberships__user=user).first()


def get_workspace(slug: str) -> Workspace:
    """Return a workspace by its slug. Raises WorkspaceNotFound."""
    with schemas.use(PUBLIC):
        workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        raise WorkspaceNotFound(slug=slug)
    return workspace


def find_workspace_by_id(workspace_id: int) -> Workspace | None:
    """Return a workspace by its id, as signed links carry it."""
    with schemas.use(PUBLIC):
        return Workspace.objects.filter(pk=workspace_id).first()


def current_workspace() -> Workspace:
    """Return the workspace whose schema is current, in jobs and commands."""
    schema = schemas.current()
    with schemas.use(PUBLIC):
        return Workspace.objects.get(schema_name=schema)


def all_workspaces() -> list[Workspace]:
    """Return all workspaces by id, archived ones included."""
    with schemas.use(PUBLIC):
        return list(Workspace.objects.order_by("id"))


def open_invitations(workspace: Workspace) -> QuerySet[Invitation]:
    """Return the pending invitations, expired ones included."""
    return Invitation.objects.filter(workspace=workspace, accepted_at=None, revoked_at=None)


def find_open_invitation(workspace: Workspace, invitation_id: int) -> Invitation | None:
    """Return a pending invitation."""
    with schemas.use(PUBLIC):
        return open_invitations(workspace).filter(pk=invitation_id).first()


def find_user(email: str) -> User | None:
    """Return the user with an email address."""
    with schemas.use(PUBLIC):
        return User.objects.filter(email=email.strip().lower()).first()


def users_by_id(ids: Collection[int]) -> dict[int, User]:
    """Return users by their ids."""
    with schemas.use(PUBLIC):
        return User.objects.in_bulk(list(ids))


def system_mail() -> QuerySet[SystemMail]:
    """Return the stored system emails, newest first."""
    return SystemMail.objects.all()


def has_users() -> bool:
    """Return whether this installation has a user."""
    with schemas.use(PUBLIC):
        return User.objects.exists()


def workspace_backup(workspace: Workspace) -> dict[str, Any]:
    """Return a workspace's rows of the shared schema for a backup: itself and its users, password hashes included."""
    with schemas.use(PUBLIC):
        memberships = Membership.objects.filter(workspace=workspace).select_related("user").order_by("pk")
        users = [
            {name: getattr(membership.user, name) for name in ("id", *BACKED_UP_USER_FIELDS)}
            for membership in memberships
        ]
        row = {field.attname: getattr(workspace, field.attname) for field in Workspace._meta.concrete_fields}
    return {"workspace": row, "users": users}
