"""What a new workspace starts with: a sandbox and one sender, so that everything can be tried at once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from quen.apps.channels import queries
from quen.apps.channels.models import Connection, Sender
from quen.core.emails import BadEmail, read

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

#: belongs to nobody (RFC 2606): good enough for the sandbox, refused by real servers
STAND_IN = "@example.invalid"
_MOST_LETTERS = 60


def prepare_workspace(*, workspace: Workspace, now: datetime) -> None:
    """Set up the sandbox and a first sender made of the workspace's name."""
    Connection.objects.create(
        kind=queries.EMAIL, adapter=queries.SANDBOX, name="Sandbox", active=True, created_at=now
    )
    try:
        address = read(workspace.sender_email)
    except BadEmail:
        address = f"{workspace.slug}{STAND_IN}"
    Sender.objects.create(
        kind=queries.EMAIL,
        name=(workspace.brand or workspace.name)[:_MOST_LETTERS],
        address=address,
        preferred=True,
        created_at=now,
    )
