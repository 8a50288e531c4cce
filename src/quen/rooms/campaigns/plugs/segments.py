"""What one does with a segment: write to its people."""

from django.utils.translation import gettext_lazy as _

from quen.rooms.segments import registry
from quen.rooms.team.access import address
from quen.rooms.team.types import Right


def register() -> None:
    """Register it."""
    registry.plug_action(
        _("Send a campaign"),
        "megaphone",
        lambda pk: address(f"/campaigns/new/?segment={pk}"),
        Right.EDIT_CAMPAIGNS,
    )
