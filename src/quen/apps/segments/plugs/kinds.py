"""The kinds of events that tell who entered and left a segment."""

from django.utils.translation import gettext_lazy as _

from quen.apps.events import registry
from quen.apps.events.types import EventKind


def register() -> None:
    """Register them."""
    registry.register_kind(
        EventKind(
            19,
            "segment_entered",
            _("Entered a segment"),
            _("Entered the segment %(segment)s"),
            "circle-plus",
            "record",
        )
    )
    registry.register_kind(
        EventKind(
            20,
            "segment_left",
            _("Left a segment"),
            _("Left the segment %(segment)s"),
            "circle-minus",
            "record",
        )
    )
