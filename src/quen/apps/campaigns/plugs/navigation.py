"""The room's place in the sidebar; the group of everything that reaches customers."""

from django.utils.translation import gettext_lazy as _

from quen.apps.campaigns.types import CampaignRight
from quen.ui.nav import NavEntry, NavGroup, registry

ORDER = 30


def register() -> None:
    """Register both."""
    registry.add_group(NavGroup("outreach", _("Outreach"), "megaphone", ORDER))
    registry.add(
        NavEntry(
            key="campaigns",
            label=_("Campaigns"),
            icon="megaphone",
            url_name="campaigns:campaign_list",
            group="outreach",
            order=10,
            right=CampaignRight.VIEW,
            active_for=("campaigns:",),
            shortcut="d",
            mobile=True,
        )
    )
