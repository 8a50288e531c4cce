"""What the team room listens to."""

from __future__ import annotations

from typing import Any

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts.signals import profile_changed
from quen.apps.team import services


def connect() -> None:
    """Listen."""
    profile_changed.connect(copy_name_to_seats, dispatch_uid="team.copy_name_to_seats")


def copy_name_to_seats(user_id: int, **_signal: Any) -> None:
    """Show a user's present name in every team they sit in."""
    user = accounts_queries.users_by_id([user_id]).get(user_id)
    if user is None:
        return
    for workspace in accounts_queries.every_workspace_of(user):
        services.rename_member(user=user, workspace=workspace)
