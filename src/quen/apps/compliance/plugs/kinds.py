"""The events of the room: somebody refused, somebody came back."""

from django.utils.translation import gettext_lazy as _

from quen.apps.events import registry
from quen.apps.events.types import EventKind


def register() -> None:
    """Register them."""
    for kind in (
        EventKind(25, "unsubscribed", _("Unsubscribed"), _("Refused advertising"), "ban", "consent"),
        EventKind(
            26, "resubscribed", _("Signed up again"), _("Agreed to advertising again"), "check", "consent"
        ),
    ):
        registry.register_kind(kind)
