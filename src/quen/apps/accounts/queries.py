"""Reads of the accounts room."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, QuerySet

from quen.apps.accounts.models import Invitation, Membership, SystemMail, User, Workspace
from quen.apps.accounts.types import CARRIED_OF_USERS, WorkspaceNotFound
from quen.core import schemas
from quen.core.database.base import PUBLIC


def workspaces_of(user: User) -> QuerySet[Workspace]:
    """Give the workspaces a user may enter, by name."""
    return Workspace.objects.filter(memberships__user=user, archived_at=None).order_by("name", "id")


def every_workspace_of(user: User) -> list[Workspace]:
    """Give the workspaces a user may enter, archived ones too, by name."""
    with schemas.use(PUBLIC):
        return list(Workspace.objects.filter(memberships__user=user).order_by("name", "id"))


def last_workspace(user: User) -> Workspace | None:
    """Give the workspace the user was in last."""
    entered = F("memberships__last_seen_at").desc(nulls_last=True)
    return (
        Workspace.objects.filter(memberships__user=user, archived_at=None)
        .order_by(entered, "name", "id")
        .first()
    )


def workspace_for(user: User, slug: str) -> Workspace | None:
    """Give the workspace if the user may enter it."""
    return Workspace.objects.filter(slug=slug, memberships__user=user).first()


def get_workspace(slug: str) -> Workspace:
    """Give a workspace by its address name. Raises WorkspaceNotFound."""
    with schemas.use(PUBLIC):
        workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        raise WorkspaceNotFound(slug=slug)
    return workspace


def find_workspace_by_id(workspace_id: int) -> Workspace | None:
    """Give a workspace by the number that signed links carry."""
    with schemas.use(PUBLIC):
        return Workspace.objects.filter(pk=workspace_id).first()


def current_workspace() -> Workspace:
    """Give the workspace whose schema the connection serves (jobs and commands)."""
    schema = schemas.current()
    with schemas.use(PUBLIC):
        return Workspace.objects.get(schema_name=schema)


def all_workspaces() -> list[Workspace]:
    """Give every workspace, archived ones too."""
    with schemas.use(PUBLIC):
        return list(Workspace.objects.order_by("id"))


def open_invitations(workspace: Workspace) -> QuerySet[Invitation]:
    """Give the invitations nobody has answered yet, expired ones included."""
    return Invitation.objects.filter(workspace=workspace, accepted_at=None, revoked_at=None)


def find_open_invitation(workspace: Workspace, invitation_id: int) -> Invitation | None:
    """Give an invitation nobody has answered yet."""
    with schemas.use(PUBLIC):
        return open_invitations(workspace).filter(pk=invitation_id).first()


def find_user(email: str) -> User | None:
    """Give the user of a mail address."""
    with schemas.use(PUBLIC):
        return User.objects.filter(email=email.strip().lower()).first()


def users_by_id(ids: Collection[int]) -> dict[int, User]:
    """Give users by their ids."""
    with schemas.use(PUBLIC):
        return User.objects.in_bulk(list(ids))


def system_mail() -> QuerySet[SystemMail]:
    """Give the system's mail, newest first."""
    return SystemMail.objects.all()


def any_user() -> bool:
    """Say whether this installation has a user yet."""
    with schemas.use(PUBLIC):
        return User.objects.exists()


def workspace_as_json(workspace: Workspace) -> dict[str, Any]:
    """Give the shared rows of a workspace as a backup keeps them: itself and who may enter, with what signs them in."""
    with schemas.use(PUBLIC):
        members = Membership.objects.filter(workspace=workspace).select_related("user").order_by("pk")
        users = [{name: getattr(each.user, name) for name in ("id", *CARRIED_OF_USERS)} for each in members]
        row = {field.attname: getattr(workspace, field.attname) for field in Workspace._meta.concrete_fields}
    return {"workspace": row, "users": users}
