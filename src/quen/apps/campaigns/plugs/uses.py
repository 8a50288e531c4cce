"""Which campaigns use a segment, and sending to the people of a filter."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quen.apps.campaigns import queries
from quen.apps.campaigns.types import CampaignRight
from quen.apps.contacts import registry as contacts
from quen.apps.segments import registry as segments
from quen.apps.segments.types import SegmentUse


def register() -> None:
    """Register them."""
    segments.register_uses(campaigns_of)
    contacts.register_filter_action(
        "campaigns",
        label=_("Send a campaign"),
        icon="megaphone",
        right=CampaignRight.EDIT,
        url=lambda tree: f"{reverse('campaigns:campaign_new')}?{urlencode({'rules': tree})}",
    )


def campaigns_of(segment_id: int) -> list[SegmentUse]:
    """Give the drafts and scheduled campaigns that name a segment."""
    return [
        SegmentUse(kind=str(_("Campaign")), name=each.name, path=f"/campaigns/{each.pk}/")
        for each in queries.using_segment(segment_id)
    ]
