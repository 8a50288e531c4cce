"""Seats: who works here, with which role."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from quen.apps.accounts import services as accounts_services
from quen.apps.team.models import Member
from quen.apps.team.services.logging import log_action
from quen.apps.team.services.telling import notify
from quen.apps.team.types import LastOwner, MemberExists, OnlyOwners, Role
from quen.core import schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import Invitation, User, Workspace


@transaction.atomic
def add_member(*, user: User, role: str, now: datetime, invitation: Invitation | None = None) -> Member:
    """Give a user a seat in the present workspace; a seat once given up is taken again."""
    member, _created = Member.objects.update_or_create(
        user_id=user.pk,
        defaults={"name": user.name or user.email, "email": user.email, "role": role, "deactivated_at": None},
    )
    log_action(member, "team.joined", now=now, target=member, data={"role": role})
    if invitation is not None:
        owners = Member.objects.filter(role=Role.OWNER, deactivated_at=None).exclude(pk=member.pk)
        for owner in owners:
            notify(owner, "team.joined", now=now, path="/team/", data={"name": member.name})
    return member


@transaction.atomic
def reseat(users: Mapping[int, User]) -> None:
    """Tie the seats of a workspace that came back to the users of this installation, by their former ids."""
    for member in Member.objects.all():  # a team, not customers
        user = users.get(member.user_id)
        # A seat whose user did not come along stays as history under a number nobody has.
        Member.objects.filter(pk=member.pk).update(user_id=-(user.pk if user else 10**9 + member.pk))
    for member in Member.objects.all():
        Member.objects.filter(pk=member.pk).update(user_id=abs(member.user_id))


def ensure_new_address(email: str) -> None:
    """Refuse an address that already sits in the team. Raises MemberExists."""
    if Member.objects.filter(email__iexact=email.strip(), deactivated_at=None).exists():
        raise MemberExists(email=email)


@transaction.atomic
def change_role(*, member: Member, role: str, actor: Member, now: datetime) -> Member:
    """Give a member another role. Raises LastOwner, OnlyOwners."""
    _guard_owners(member=member, role=role, actor=actor)
    if member.role == role:
        return member
    data = {"name": member.name, "from": member.role, "to": role}
    log_action(actor, "team.role_changed", now=now, target=member, data=data)
    member.role = role
    member.save(update_fields=["role"])
    return member


@transaction.atomic
def remove_member(*, member: Member, workspace: Workspace, actor: Member, now: datetime) -> None:
    """Deactivate a seat and take back the right to enter. Raises LastOwner, OnlyOwners."""
    _guard_owners(member=member, role=None, actor=actor)
    member.deactivated_at = now
    member.save(update_fields=["deactivated_at"])
    log_action(actor, "team.removed", now=now, target=member, data={"name": member.name})
    accounts_services.end_entry(user_id=member.user_id, workspace=workspace)


def rename_member(*, user: User, workspace: Workspace) -> None:
    """Copy a user's present name and address to their seat."""
    with schemas.use(workspace.schema_name):
        Member.objects.filter(user_id=user.pk).update(name=user.name or user.email, email=user.email)


def remember_choice(*, member: Member, key: str, value: Any) -> None:
    """Keep a member's own choice, such as the columns of a list."""
    member.choices = {**member.choices, key: value}
    member.save(update_fields=["choices"])


def _guard_owners(*, member: Member, role: str | None, actor: Member) -> None:
    touches_owner = Role.OWNER in (member.role, role)
    if touches_owner and actor.role != Role.OWNER:
        raise OnlyOwners()
    if member.role == Role.OWNER and role != Role.OWNER:
        # Locks the owners in key order, so that two cannot step down at the same moment.
        owners = list(
            Member.objects.select_for_update().filter(role=Role.OWNER, deactivated_at=None).order_by("pk")
        )
        if len(owners) < 2:
            raise LastOwner()
