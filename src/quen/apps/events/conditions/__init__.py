"""Conditions on events, registered with the audience app."""

from django.utils.translation import gettext_lazy as _

from quen.apps.audience import registry
from quen.apps.audience.types import ConditionGroup
from quen.apps.events.conditions.event import EventConditionProvider


def register() -> None:
    """Register the groups of conditions on events, and a condition for every event kind."""
    registry.register_group(ConditionGroup("purchases", _("Purchase behaviour"), "shopping-bag", 20))
    registry.register_group(ConditionGroup("followers", _("Shop followers"), "user-check", 30))
    registry.register_group(ConditionGroup("interaction", _("Interaction"), "mouse-pointer-click", 40))
    registry.register_group(ConditionGroup("messages", _("Past messages"), "mail", 50))
    registry.register_group(ConditionGroup("record", _("Profile"), "id-card", 70))
    registry.register_readable("event.*")
    registry.register_condition_provider("events", EventConditionProvider())
