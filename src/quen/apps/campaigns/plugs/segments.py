"""What one does with a segment: write to its people."""

from django.utils.translation import gettext_lazy as _

from quen.apps.campaigns.types import CampaignRight
from quen.apps.segments import registry
from quen.apps.team.access import workspace_path


def register() -> None:
    """Register it."""
    registry.register_action(
        _("Send a campaign"),
        "megaphone",
        lambda pk: workspace_path(f"/campaigns/new/?segment={pk}"),
        CampaignRight.EDIT,
    )
