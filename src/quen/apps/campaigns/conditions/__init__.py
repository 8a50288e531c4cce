"""Conditions on campaigns, registered with the audience app."""

from quen.apps.audience import registry
from quen.apps.campaigns.conditions.campaign import CampaignCondition


def register() -> None:
    """Register the condition on what customers did with a campaign."""
    registry.register_condition_types([CampaignCondition()])
