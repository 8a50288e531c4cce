"""What the room tells on a customer's page."""

from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import registry
from quen.apps.team.access import workspace_path
from quen.apps.team.types import Right


def register() -> None:
    """Register it."""
    registry.register_contact_panel(
        "unsubscribes",
        title=_("Refusals"),
        order=20,
        right=Right.VIEW_CONTACTS,
        url=lambda contact_id: workspace_path(f"/sending/contacts/{contact_id}/"),
    )
