"""Conditions on groups, registered with the audience app."""

from quen.apps.audience import registry
from quen.apps.groups.conditions.in_group import InGroup
from quen.apps.groups.types import MEMBERS


def register() -> None:
    """Register the condition "in a group"."""
    registry.register_readable(MEMBERS)
    registry.register_condition_types([InGroup()])
