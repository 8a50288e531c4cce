"""What the room tells on a customer's page."""

from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import registry
from quen.apps.team.access import address
from quen.apps.team.types import Right


def register() -> None:
    """Register it."""
    registry.person_panel(
        "refusals",
        title=_("Refusals"),
        order=20,
        right=Right.VIEW_CONTACTS,
        address=lambda contact_id: address(f"/sending/people/{contact_id}/"),
    )
