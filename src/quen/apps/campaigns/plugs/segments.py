"""What one does with a segment: write to its people."""

from django.utils.translation import gettext_lazy as _

from quen.apps.segments import registry
from quen.apps.team.access import address
from quen.apps.team.types import Right


def register() -> None:
    """Register it."""
    registry.plug_action(
        _("Send a campaign"),
        "megaphone",
        lambda pk: address(f"/campaigns/new/?segment={pk}"),
        Right.EDIT_CAMPAIGNS,
    )
