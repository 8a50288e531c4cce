"""Defaults of a new workspace: a sandbox and one sender, so that sending can be tried immediately."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from quen.apps.channels import queries
from quen.apps.channels.models import Connection, Sender
from quen.core.emails import BadEmail, read

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

#: reserved by RFC 2606: accepted by the sandbox, refused by real servers
PLACEHOLDER_DOMAIN = "@example.invalid"
_MAX_NAME_CHARS = 60


def prepare_workspace(*, workspace: Workspace, now: datetime) -> None:
    """Create the sandbox connection and a first sender named after the workspace."""
    Connection.objects.create(
        channel=queries.EMAIL, adapter=queries.SANDBOX, name="Sandbox", active=True, created_at=now
    )
    try:
        address = read(workspace.sender_email)
    except BadEmail:
        address = f"{workspace.slug}{PLACEHOLDER_DOMAIN}"
    Sender.objects.create(
        channel=queries.EMAIL,
        name=(workspace.brand or workspace.name)[:_MAX_NAME_CHARS],
        address=address,
        preferred=True,
        created_at=now,
    )
