"""Signal receivers of the team app."""

from __future__ import annotations

from typing import Any

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts.signals import profile_changed
from quen.apps.team import services
from quen.core import jobs, pauses, schemas


def connect() -> None:
    """Connect the receivers."""
    profile_changed.connect(copy_name_to_members, dispatch_uid="team.copy_name_to_seats")


def copy_name_to_members(user_id: int, **_signal: Any) -> None:
    """Copy a user's current name and email address to their member in every workspace.

    A job does it later where that can't be reached now, and in a paused one.
    """
    user = accounts_queries.users_by_id([user_id]).get(user_id)
    if user is None:
        return
    names = [workspace.schema_name for workspace in accounts_queries.all_workspaces_of(user)]

    def rename(name: str) -> None:
        with pauses.entered(name) as paused:
            if paused:
                jobs.enqueue("team.copy_name", user_id=user_id)
            else:
                services.rename_member(user=user)

    for name in schemas.visit(names, rename).away:
        with schemas.use(name):
            jobs.enqueue("team.copy_name", user_id=user.pk)
