"""The kind of event that staff write by hand."""

from django.utils.translation import gettext_lazy as _

from quen.apps.events import registry
from quen.apps.events.types import EventKind


def register() -> None:
    """Register it."""
    registry.register_kind(
        EventKind(18, "note_added", _("Note"), _("Note by %(by)s"), "sticky-note", "notes")
    )
