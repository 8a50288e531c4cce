"""What a new workspace starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.contacts import services
from quen.apps.contacts.types import SourceKind
from quen.apps.team import registry

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace


def register() -> None:
    """Register the sources."""
    registry.on_new_workspace("contacts", prepare)


def prepare(*, workspace: Workspace, now: Any) -> None:
    """Write the sources every workspace has, in its own language."""
    with translation.override(workspace.language):
        services.ensure_source(code="staff", name=_("Entered by staff"), kind=SourceKind.STAFF)
        services.ensure_source(code="import", name=_("Imported from a file"), kind=SourceKind.IMPORT)
