"""Workspaces: created, changed, archived, deleted; who may enter them."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.text import slugify

from quen.apps.accounts import queries
from quen.apps.accounts.models import Membership, User, Workspace
from quen.apps.accounts.security import record_event
from quen.apps.accounts.types import (
    RESERVED_SLUGS,
    AccountEventKind,
    InvalidSlug,
    MayNotCreateWorkspaces,
    SlugTaken,
    TooManyWorkspaces,
)
from quen.core import jobs, schemas
from quen.core.database.base import PUBLIC
from quen.core.text import fold

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])")


def suggest_slug(name: str) -> str:
    """Return a free slug for a workspace's name."""
    base = slugify(fold(name))[:36].strip("-") or "shop"
    base = base if len(base) > 1 and base not in RESERVED_SLUGS else f"{base}-shop"
    with schemas.use(PUBLIC):
        taken = set(Workspace.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    numbered = (base if n == 1 else f"{base}-{n}" for n in range(1, 10_000))
    return next(slug for slug in numbered if slug not in taken)


@transaction.atomic
def create_workspace(
    *, name: str, slug: str, owner: User, created_by: User | None = None, **settings_: object
) -> Workspace:
    """Create a workspace with its schema and the owner's membership, and return it.

    ``team.services.open_workspace`` fills the schema.
    created_by: the user whose permission and quota are checked; None for the command line.
    Raises InvalidSlug, SlugTaken, and with created_by MayNotCreateWorkspaces, TooManyWorkspaces.
    """
    if created_by is not None:
        ensure_may_create_workspace(created_by)
    if not _SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
        raise InvalidSlug(slug=slug)
    with schemas.use(PUBLIC):
        try:
            with transaction.atomic():
                workspace = Workspace.objects.create(
                    name=name,
                    slug=slug,
                    schema_name=f"new_{secrets.token_hex(8)}",
                    created_by=created_by,
                    **settings_,
                )
        except IntegrityError as error:
            raise SlugTaken(slug=slug) from error
        workspace.schema_name = f"ws_{workspace.pk}"
        workspace.save(update_fields=["schema_name"])
        schemas.create_schema(workspace.schema_name)
        Membership.objects.create(user=owner, workspace=workspace)
        record_event(
            AccountEventKind.WORKSPACE_CREATED,
            user=created_by or owner,
            now=workspace.created_at,
            data={"name": name, "slug": slug},
        )
    return workspace


def ensure_may_create_workspace(user: User) -> None:
    """Check the setting and the quota. Raises MayNotCreateWorkspaces, TooManyWorkspaces.

    Inside a transaction it locks the user's row, so that two requests cannot both take the last one.
    """
    if not queries.may_create_workspaces(user):
        raise MayNotCreateWorkspaces(who=queries.operator_names())
    limit = settings.WORKSPACES_PER_USER
    with schemas.use(PUBLIC):
        if connection.in_atomic_block:
            User.objects.select_for_update().get(pk=user.pk)
        if limit and Workspace.objects.filter(created_by=user).count() >= limit:
            raise TooManyWorkspaces(limit=limit)


def ensure_slug_available(slug: str) -> None:
    """Raise InvalidSlug or SlugTaken when no workspace can be created with this slug."""
    if not _SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
        raise InvalidSlug(slug=slug)
    with schemas.use(PUBLIC):
        if Workspace.objects.filter(slug=slug).exists():
            raise SlugTaken(slug=slug)


@transaction.atomic
def archive_workspace(
    *, workspace: Workspace, user: User | None, now: datetime, delete_after: datetime | None = None
) -> Workspace:
    """Archive a workspace, to be deleted after ``delete_after`` if given, and write it to the log of accounts.

    ``team.services`` stops what is being sent and checks who may.
    """
    workspace = change_workspace(
        workspace=workspace, archived_at=workspace.archived_at or now, delete_after=delete_after
    )
    kind = (
        AccountEventKind.WORKSPACE_ARCHIVED
        if delete_after is None
        else AccountEventKind.WORKSPACE_DELETION_REQUESTED
    )
    record_event(kind, user=user, now=now, data={"name": workspace.name, "slug": workspace.slug})
    return workspace


@transaction.atomic
def unarchive_workspace(*, workspace: Workspace, user: User | None, now: datetime) -> Workspace:
    """Restore a workspace from the archive; it is no longer to be deleted."""
    workspace = change_workspace(workspace=workspace, archived_at=None, delete_after=None)
    data = {"name": workspace.name, "slug": workspace.slug}
    record_event(AccountEventKind.WORKSPACE_RESTORED, user=user, now=now, data=data)
    return workspace


@transaction.atomic
def delete_workspace(*, workspace_id: int, now: datetime, user: User | None = None) -> bool:
    """Delete a workspace that is due: schema, memberships, invitations, jobs. Return False if it is not due any more.

    ``team.services.delete_workspace`` deletes what the apps keep of it in shared tables. The log keeps its name.
    """
    with schemas.use(PUBLIC):
        due = Workspace.objects.select_for_update().filter(pk=workspace_id, delete_after__lte=now).first()
        if due is None:
            return False
        jobs.delete_jobs_of(due.schema_name)
        schemas.drop_schema(due.schema_name)
        data = {"name": due.name, "slug": due.slug}
        due.delete()
        record_event(AccountEventKind.WORKSPACE_DELETED, user=user, now=now, data=data)
    return True


@transaction.atomic
def change_workspace(*, workspace: Workspace, **changes: object) -> Workspace:
    """Change a workspace's name or settings."""
    with schemas.use(PUBLIC):
        for field, value in changes.items():
            setattr(workspace, field, value)
        workspace.save(update_fields=list(changes))
    return workspace


def add_membership(*, user: User, workspace: Workspace) -> None:
    """Give a user access to a workspace; idempotent."""
    with schemas.use(PUBLIC):
        Membership.objects.get_or_create(user=user, workspace=workspace)


def remove_membership(*, user_id: int, workspace: Workspace) -> None:
    """Remove a user's access to a workspace."""
    with schemas.use(PUBLIC):
        Membership.objects.filter(user_id=user_id, workspace=workspace).delete()


def record_visit(*, user: User, workspace: Workspace, now: datetime) -> None:
    """Save when the user last visited the workspace, at most once a minute. workspace: as of queries.workspace_for."""
    if workspace.seen_at is None or workspace.seen_at <= now - timedelta(minutes=1):
        Membership.objects.filter(user=user, workspace=workspace).update(last_seen_at=now)
