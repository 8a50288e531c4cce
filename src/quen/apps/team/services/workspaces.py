"""Creating a workspace and changing its settings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.accounts import services as accounts_services
from quen.apps.team import registry, signals
from quen.apps.team.models import Member
from quen.apps.team.services.audit_log import audit
from quen.apps.team.types import Role
from quen.core import schemas
from quen.core.actors import Actor

if TYPE_CHECKING:
    from quen.apps.accounts.models import User, Workspace

COPIED_SETTINGS = ("logo", "sender_address", "sender_phone", "sender_email", "sender_website")


@transaction.atomic
def open_workspace(
    *,
    name: str,
    slug: str,
    owner: User,
    now: datetime,
    copy_from: Workspace | None = None,
    **settings_: object,
) -> Workspace:
    """Create a workspace with the initial rows of every app and its owner as a member.

    copy_from: also copy this workspace's logo, sender details and what each app registered to copy.
    Raises accounts' InvalidSlug and SlugTaken; nothing is written then.
    """
    if copy_from is not None:
        settings_ = {name: getattr(copy_from, name) for name in COPIED_SETTINGS} | settings_
    workspace = accounts_services.create_workspace(name=name, slug=slug, owner=owner, **settings_)
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
