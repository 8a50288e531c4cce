"""Members: who works in the workspace, with which role."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from quen.apps.accounts import services as accounts_services
from quen.apps.team import queries
from quen.apps.team.models import Member
from quen.apps.team.services.audit_log import audit
from quen.apps.team.services.notifications import notify
from quen.apps.team.types import LastOwner, MemberExists, OnlyOwners, Role
from quen.core import live
from quen.core.actors import Actor

if TYPE_CHECKING:
    from quen.apps.accounts.models import Invitation, User, Workspace


@transaction.atomic
def add_member(*, user: User, role: str, now: datetime, invitation: Invitation | None = None) -> Member:
    """Make a user a member of the current workspace and return the member; a removed member is reactivated.

    With an invitation, the other owners are notified.
    """
    member, _created = Member.objects.update_or_create(
        user_id=user.pk,
        defaults={"name": user.name or user.email, "email": user.email, "role": role, "deactivated_at": None},
    )
    audit(member.actor, "team.joined", now=now, target=member, data={"role": role})
    if invitation is not None:
        owners = Member.objects.filter(role=Role.OWNER, deactivated_at=None).exclude(pk=member.pk)
        for owner in owners:
            notify(owner, "team.joined", now=now, path="/team/", data={"name": member.name})
    return member


@transaction.atomic
def relink_members(users: Mapping[int, User]) -> None:
    """Point the members of a restored workspace to the users of this installation.

    users: by the user ids the backup had.
    """
    for member in Member.objects.all():  # a team is small
        user = users.get(member.user_id)
        # A member whose user is not in the backup stays as history, under an id that no user has. The new ids are
        # stored negative first: user_id is unique, and an old id may be another member's new one.
        Member.objects.filter(pk=member.pk).update(user_id=-(user.pk if user else 10**9 + member.pk))
    for member in Member.objects.all():
        Member.objects.filter(pk=member.pk).update(user_id=abs(member.user_id))


def ensure_email_available(email: str) -> None:
    """Raise MemberExists when an active member has this email address."""
    if Member.objects.filter(email__iexact=email.strip(), deactivated_at=None).exists():
        raise MemberExists(email=email)


@transaction.atomic
def change_role(*, member: Member, role: str, actor: Actor, now: datetime) -> Member:
    """Change a member's role and return the member. Raises LastOwner, OnlyOwners."""
    _ensure_may_change(member=member, role=role, actor=actor)
    if member.role == role:
        return member
    data = {"name": member.name, "from": member.role, "to": role}
    audit(actor, "team.role_changed", now=now, target=member, data=data)
    member.role = role
    member.save(update_fields=["role"])
    return member


@transaction.atomic
def remove_member(*, member: Member, workspace: Workspace, actor: Actor, now: datetime) -> None:
    """Deactivate a member and remove the user's membership. Raises LastOwner, OnlyOwners."""
    _ensure_may_change(member=member, role=None, actor=actor)
    member.deactivated_at = now
    member.save(update_fields=["deactivated_at"])
    audit(actor, "team.removed", now=now, target=member, data={"name": member.name})
    accounts_services.remove_membership(user_id=member.user_id, workspace=workspace)
    live.recheck(member.user_id)


def rename_member(*, user: User) -> None:
    """Copy a user's current name and email address to their member in this workspace."""
    Member.objects.filter(user_id=user.pk).update(name=user.name or user.email, email=user.email)


def set_preference(*, member: Member, key: str, value: Any) -> None:
    """Save a member's own setting, such as the columns of a list."""
    member.preferences = {**member.preferences, key: value}
    member.save(update_fields=["preferences"])


def _ensure_may_change(*, member: Member, role: str | None, actor: Actor) -> None:
    """Check a change of role (None: removal). Raises OnlyOwners, LastOwner."""
    involves_owner = Role.OWNER in (member.role, role)
    if involves_owner and not queries.is_owner(actor):
        raise OnlyOwners()
    if member.role == Role.OWNER and role != Role.OWNER:
        # Locks the owners in key order, so that two owners cannot step down at the same time.
        owners = list(
            Member.objects.select_for_update().filter(role=Role.OWNER, deactivated_at=None).order_by("pk")
        )
        if len(owners) < 2:
            raise LastOwner()
