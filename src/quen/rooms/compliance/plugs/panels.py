"""What the room tells on a customer's page."""

from django.utils.translation import gettext_lazy as _

from quen.rooms.contacts import registry
from quen.rooms.team.access import address
from quen.rooms.team.types import Right


def register() -> None:
    """Register it."""
    registry.person_panel(
        "refusals",
        title=_("Refusals"),
        order=20,
        right=Right.VIEW_CONTACTS,
        address=lambda contact_id: address(f"/sending/people/{contact_id}/"),
    )
