"""Background tasks of the team app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.accounts import queries as accounts_queries
from quen.apps.team import services
from quen.core import jobs


@jobs.periodic("team.delete_due_workspaces", cron="5 * * * *", queue=jobs.BULK)
def delete_due_workspaces(now: datetime) -> None:
    """Delete the workspaces whose grace period has ended."""
    services.delete_due_workspaces(now=now)


@jobs.periodic("team.delete_expired", cron="20 18 * * *", queue=jobs.BULK, each_workspace=True)
def delete_expired(now: datetime) -> None:
    """Delete old notifications and expired files."""
    services.delete_old_notifications(now=now)
    services.delete_expired_files(now=now)


@jobs.task("team.copy_name")
def copy_name(*, user_id: int) -> None:
    """Copy a user's name and email address to their member here, which was paused or out of reach then."""
    user = accounts_queries.users_by_id([user_id]).get(user_id)
    if user is not None:
        services.rename_member(user=user)
