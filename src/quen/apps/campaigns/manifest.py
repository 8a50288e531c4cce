"""What the campaigns app declares."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quen.apps.campaigns.types import CampaignRight
from quen.apps.manifest import Manifest
from quen.apps.team.types import EVERYBODY, MARKETING, DeclaredRight

MANIFEST = Manifest(
    pages="campaigns/",
    rights=(
        DeclaredRight(CampaignRight.VIEW, _("See campaigns and their reports"), EVERYBODY),
        DeclaredRight(CampaignRight.EDIT, _("Write campaigns"), MARKETING),
    ),
)
