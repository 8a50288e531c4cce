"""Reads of the accounts app."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.db.models import F, QuerySet

from quen.apps.accounts.models import (
    AccountEvent,
    Invitation,
    Membership,
    SystemMail,
    User,
    UserSession,
    Workspace,
)
from quen.apps.accounts.types import BACKED_UP_USER_FIELDS, WORKSPACE_EVENTS, WorkspaceNotFound
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
    """Return a workspace the user is a member of, with `seen_at`: their last visit; None for any other."""
    theirs = Workspace.objects.filter(slug=slug, memberships__user=user)
    found = theirs.annotate(visited_at=F("memberships__last_seen_at")).first()
    if found is not None:
        found.seen_at = found.visited_at
    return found


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


def operator_names() -> str:
    """Return the names of up to three operators, for a refusal that says whom to ask."""
    with schemas.use(PUBLIC):
        operators = User.objects.filter(is_operator=True, is_active=True).order_by("id")[:3]
        return ", ".join(str(user) for user in operators)


def may_create_workspaces(user: User) -> bool:
    """Return whether this installation lets a user create workspaces, apart from the quota."""
    return user.is_operator or settings.WORKSPACE_CREATORS == "everyone"


def workspaces_due_for_deletion(*, now: datetime) -> list[Workspace]:
    """Return the workspaces whose grace period has ended; a paused one stays until it is resumed."""
    with schemas.use(PUBLIC):
        return list(Workspace.objects.filter(delete_after__lte=now, paused_at=None).order_by("id"))


def user_of_session(session_key: str) -> User | None:
    """Return the user who is signed in with a session; None when it has ended, or the password has changed since."""
    with schemas.use(PUBLIC):
        store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
        user = get_user(cast("Any", SimpleNamespace(session=store)))
        return user if isinstance(user, User) and user.is_active else None


def sessions_of(user: User) -> list[UserSession]:
    """Return the devices on which a user is signed in, the last used first."""
    with schemas.use(PUBLIC):
        return list(UserSession.objects.filter(user=user))


def events_of(user: User, *, limit: int) -> list[AccountEvent]:
    """Return the newest entries of the log about a user's own account."""
    with schemas.use(PUBLIC):
        events = AccountEvent.objects.filter(user=user).exclude(kind__in=WORKSPACE_EVENTS)
        return list(events[:limit])


def workspace_events(*, limit: int) -> list[AccountEvent]:
    """Return the newest entries of the log about workspaces, for operators."""
    with schemas.use(PUBLIC):
        return list(AccountEvent.objects.filter(kind__in=WORKSPACE_EVENTS)[:limit])


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
