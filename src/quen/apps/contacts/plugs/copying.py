"""What a new workspace takes over from another one: the fields the shop added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quen.apps.contacts import queries, services
from quen.apps.team import registry
from quen.core import schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace


def register() -> None:
    """Register the step."""
    registry.on_copy_workspace("contacts", copy)


def copy(*, source: Workspace, target: Workspace, now: Any) -> None:
    """Create the source's fields in the target, in their order."""
    with schemas.use(source.schema_name):
        fields = list(queries.active_fields())
    for field in fields:
        services.create_field(
            name=field.name,
            format=field.format,
            help=field.help,
            choices=field.choices,
            default=field.default,
            required=field.required,
            unique=field.unique,
            indexed=field.indexed,
            shown=field.shown,
            actor=None,
            now=now,
        )
