"""Deleting one's own account."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts import services as accounts_services
from quen.apps.team.models import Member
from quen.apps.team.services.audit_log import audit
from quen.apps.team.services.notifications import notify
from quen.apps.team.types import OnlyOwnerOf, Role
from quen.core import live, pauses, schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import User


@transaction.atomic
def delete_account(*, user: User, now: datetime) -> None:
    """Delete a user. Their member in each workspace is deactivated and loses the email address; logs keep the name.

    The other owners are notified. Raises OnlyOwnerOf, core's WorkspacePaused, accounts' LastOperator;
    nothing is changed then.
    Locks the owners of each workspace, in order of workspaces, so that two cannot leave at the same time.
    """
    alone_in = []
    for workspace in sorted(accounts_queries.all_workspaces_of(user), key=lambda each: each.pk):
        with pauses.working(workspace.schema_name), schemas.use(workspace.schema_name):
            owners = list(
                Member.objects.select_for_update().filter(role=Role.OWNER, deactivated_at=None).order_by("pk")
            )
            if [owner.user_id for owner in owners] == [user.pk]:
                alone_in.append(workspace.name)
            _leave(user=user, owners=[owner for owner in owners if owner.user_id != user.pk], now=now)
    if alone_in:
        raise OnlyOwnerOf(workspaces=", ".join(alone_in))
    live.recheck(user.pk)
    accounts_services.delete_user(user=user)


def _leave(*, user: User, owners: list[Member], now: datetime) -> None:
    member = Member.objects.filter(user_id=user.pk).first()
    if member is None:
        return
    audit(member.actor, "team.account_deleted", now=now, target=member)
    member.deactivated_at, member.email = member.deactivated_at or now, ""
    member.save(update_fields=["deactivated_at", "email"])
    for owner in owners:
        notify(owner, "team.account_deleted", now=now, path="/team/", data={"name": member.name})
