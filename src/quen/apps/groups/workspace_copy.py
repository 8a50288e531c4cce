"""Copy groups into a workspace created from another one: their names, not the people."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from quen.apps.groups import queries, services
from quen.apps.groups.types import GroupNameTaken
from quen.core import schemas
from quen.core.actors import SYSTEM

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace


def copy_groups(*, source: Workspace, target: Workspace, now: datetime) -> None:
    """Create the groups of ``source`` in ``target``, without members."""
    with schemas.use(source.schema_name):
        groups = queries.groups()
    for group in groups:
        try:
            services.create_group(
                name=group.name, description=group.description, active=group.active, actor=SYSTEM, now=now
            )
        except GroupNameTaken:
            continue
