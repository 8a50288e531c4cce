"""Creating a workspace, changing its settings, archiving and deleting it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.db import DatabaseError, transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.types import WrongWorkspaceName
from quen.apps.team import queries, registry, signals
from quen.apps.team.models import Member
from quen.apps.team.services.audit_log import audit
from quen.apps.team.types import OnlyOwnersArchive, Role
from quen.core import schemas
from quen.core.actors import Actor, ActorKind
from quen.core.database.base import PUBLIC

if TYPE_CHECKING:
    from quen.apps.accounts.models import User, Workspace

log = logging.getLogger(__name__)
COPIED_SETTINGS = ("logo", "sender_address", "sender_phone", "sender_email", "sender_website")


@transaction.atomic
def open_workspace(
    *,
    name: str,
    slug: str,
    owner: User,
    now: datetime,
    copy_from: Workspace | None = None,
    created_by: User | None = None,
    **settings_: object,
) -> Workspace:
    """Create a workspace with the initial rows of every app and its owner as a member.

    copy_from: also copy this workspace's logo, sender details and what each app registered to copy.
    created_by: the user whose permission and quota are checked; None for the command line.
    Raises accounts' InvalidSlug, SlugTaken, MayNotCreateWorkspaces, TooManyWorkspaces; nothing is written then.
    """
    if copy_from is not None:
        settings_ = {name: getattr(copy_from, name) for name in COPIED_SETTINGS} | settings_
    workspace = accounts_services.create_workspace(
        name=name, slug=slug, owner=owner, created_by=created_by, **settings_
    )
    with schemas.use(workspace.schema_name):
        member = Member.objects.create(
            user_id=owner.pk, name=owner.name or owner.email, email=owner.email, role=Role.OWNER
        )
        for prepare in registry.workspace_preparers():
            prepare(workspace=workspace, now=now)
        if copy_from is not None:
            for copy in registry.workspace_copiers():
                copy(source=copy_from, target=workspace, now=now)
        audit(member.actor, "workspace.created", now=now, data={"name": name})
    return workspace


@transaction.atomic
def change_settings(*, workspace: Workspace, actor: Actor, now: datetime, **changes: object) -> Workspace:
    """Change the workspace's settings and send ``workspace_changed`` with the names of those that differ."""
    before = {name: getattr(workspace, name) for name in changes}
    changed = sorted(name for name, value in changes.items() if before[name] != value)
    if not changed:
        return workspace
    accounts_services.change_workspace(workspace=workspace, **{name: changes[name] for name in changed})
    audit(actor, "workspace.changed", now=now, data={"fields": changed})
    signals.workspace_changed.send(sender=type(workspace), workspace=workspace, fields=changed)
    return workspace


@transaction.atomic
def archive_workspace(*, workspace: Workspace, actor: Actor, user: User | None, now: datetime) -> Workspace:
    """Archive the current workspace: its members may read, nothing can be changed, nothing is sent.

    What is being sent is paused, what is scheduled becomes a draft. Raises OnlyOwnersArchive.
    """
    _ensure_owner(actor)
    registry.run_archive_hooks(now=now)
    audit(actor, "workspace.archived", now=now, data={"name": workspace.name})
    return accounts_services.archive_workspace(workspace=workspace, user=user, now=now)


@transaction.atomic
def unarchive_workspace(*, workspace: Workspace, actor: Actor, user: User | None, now: datetime) -> Workspace:
    """Restore the current workspace from the archive; a deletion that was asked for is withdrawn.

    Nothing is sent by itself: what was paused stays paused. Raises OnlyOwnersArchive.
    """
    _ensure_owner(actor)
    audit(actor, "workspace.unarchived", now=now, data={"name": workspace.name})
    return accounts_services.unarchive_workspace(workspace=workspace, user=user, now=now)


@transaction.atomic
def request_deletion(
    *, workspace: Workspace, name: str, actor: Actor, user: User | None, now: datetime
) -> Workspace:
    """Archive the current workspace and have it deleted after the grace period; email its owners.

    name: the workspace's, typed to confirm.  Raises OnlyOwnersArchive, accounts' WrongWorkspaceName.
    """
    _ensure_owner(actor)
    if name.strip() != workspace.name:
        raise WrongWorkspaceName(name=workspace.name)
    registry.run_archive_hooks(now=now)
    delete_after = now + timedelta(days=settings.WORKSPACE_DELETION_DAYS)
    audit(actor, "workspace.deletion_requested", now=now, data={"name": workspace.name})
    workspace = accounts_services.archive_workspace(
        workspace=workspace, user=user, now=now, delete_after=delete_after
    )
    _tell_owners(workspace, actor=actor, delete_after=delete_after)
    return workspace


def delete_workspace(*, workspace: Workspace, now: datetime) -> bool:
    """Delete a workspace whose grace period has ended, with all its data. Return False if it was restored meanwhile.

    The log of accounts keeps its name and when it was deleted.
    """
    with schemas.use(PUBLIC), transaction.atomic():
        if not accounts_services.delete_workspace(workspace_id=workspace.pk, now=now):
            return False
        for delete in registry.workspace_deleters():
            delete(workspace=workspace)
        return True


def delete_due_workspaces(*, now: datetime) -> int:
    """Delete the workspaces whose grace period has ended. Return their number.

    An error in one is logged, and the others are deleted; the next run tries it again.
    """
    deleted = 0
    for workspace in accounts_queries.workspaces_due_for_deletion(now=now):
        try:
            deleted += delete_workspace(workspace=workspace, now=now)
        except DatabaseError:
            log.exception("the workspace %s could not be deleted", workspace.schema_name)
    return deleted


def _ensure_owner(actor: Actor) -> None:
    """Raise OnlyOwnersArchive for anybody but an owner and the command line."""
    if actor.kind == ActorKind.MEMBER and not queries.is_owner(actor):
        raise OnlyOwnersArchive(who=queries.owner_names())


def _tell_owners(workspace: Workspace, *, actor: Actor, delete_after: datetime) -> None:
    owners = Member.objects.filter(role=Role.OWNER, deactivated_at=None)
    users = accounts_queries.users_by_id([owner.user_id for owner in owners])
    for user in users.values():
        with translation.override(user.language):
            values = {
                "who": actor.name,
                "workspace": workspace.name,
                "date": date_format(delete_after.astimezone(workspace.zone), "DATETIME_FORMAT"),
                "url": f"{settings.BASE_URL}/w/{workspace.slug}/settings/archive/",
            }
            subject = _("“%(workspace)s” will be deleted") % values
            text = (
                _(
                    "%(who)s asked to delete the workspace “%(workspace)s” with all its data on %(date)s. Until then"
                    " its data can be read, and nothing is sent.\n\n"
                    "An owner can restore it until then:\n%(url)s"
                )
                % values
            )
            send_mail(subject, text, None, [user.email])
