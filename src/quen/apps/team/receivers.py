"""Signal receivers of the team app."""

from __future__ import annotations

from typing import Any

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts.signals import profile_changed
from quen.apps.team import services
from quen.core import jobs, schemas


def connect() -> None:
    """Connect the receivers."""
    profile_changed.connect(copy_name_to_members, dispatch_uid="team.copy_name_to_seats")


def copy_name_to_members(user_id: int, **_signal: Any) -> None:
    """Copy a user's current name and email address to their member in every workspace.

    A job does it later where that can't be reached now.
    """
    user = accounts_queries.users_by_id([user_id]).get(user_id)
    if user is None:
        return
    names = [workspace.schema_name for workspace in accounts_queries.all_workspaces_of(user)]
    found = schemas.visit(names, lambda _name: services.rename_member(user=user))
    for name in found.away:
        with schemas.use(name):
            jobs.enqueue("team.copy_name", user_id=user.pk)
